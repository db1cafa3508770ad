import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { accessStore, defineAccess, type NewOverride } from '../../src/guards/access/index.ts'
import { testPeople } from '../../src/testing/index.ts'

export const access = defineAccess({
  permissions: {
    'ticket.read': { says: 'Read tickets.' },
    'ticket.close': { says: 'Close tickets.' },
    'ticket.export': { says: 'Export all tickets.', privileged: true },
  },
  roles: {
    owner: 'all',
    admin: [
      'ticket.read',
      'ticket.close',
      'organization.members.read',
      'organization.members.roles',
      'organization.members.overrides',
    ],
    agent: ['ticket.read'],
    exporter: ['ticket.export'],
  },
})
type Name = 'ticket.read' | 'ticket.close' | 'ticket.export'

const roleNames = ['owner', 'owner', 'admin', 'admin', 'agent', 'agent'] as const
export interface House {
  readonly organization: Organization
  readonly owner: string
  readonly otherOwner: string
  readonly admin: string
  readonly otherAdmin: string
  readonly agent: string
  readonly otherAgent: string
}

/** A database with one organization that acts (`enter` makes a new one), and another that is foreign to it. */
export async function accessLab() {
  const people = await testPeople()
  const store = accessStore({ access, clock: people.clock })
  async function newHouse(): Promise<House> {
    const personIds = []
    for (const role of roleNames) personIds.push(await people.person(`${role}.${randomUUID()}@example.com`))
    const { organization, memberIds } = await people.organization(
      'Acme',
      personIds.map((personId, at) => ({ personId, roles: [roleNames[at] ?? ''] })),
    )
    const [owner = '', otherOwner = '', admin = '', otherAdmin = '', agent = '', otherAgent = ''] = memberIds
    return { organization, owner, otherOwner, admin, otherAdmin, agent, otherAgent }
  }

  const later = (secs: number): Date => new Date(people.clock.now().getTime() + secs * 1000)
  const one = (memberId: string, permission: string, effect: 'allow' | 'deny', secs = 3600): NewOverride => ({
    memberId,
    permission,
    effect,
    reason: 'covers for a colleague',
    expiresAt: later(secs),
    reviewAt: later(secs),
  })
  const may = async (memberId: string, permission: Name, at: House = house) =>
    (await store.setOf(at.organization, memberId))?.may(permission)
  const rolesOf = async (memberId: string, at: House = house) =>
    (await at.organization.sql<{ roles: string[] }>`select roles from upheld_access.member where id = ${memberId}`)[0]
      ?.roles
  const change = (by: string, memberId: string, roles: readonly string[], at: House = house) =>
    store.changeRoles(at.organization, { memberId: by }, [{ memberId, roles }])
  const add = (by: string, override: NewOverride, at: House = house) =>
    store.addOverrides(at.organization, { memberId: by }, [override])
  const withdraw = (by: string, ids: readonly string[], at: House = house) =>
    store.withdrawOverrides(at.organization, { memberId: by }, ids)

  const events = z.array(z.object({ body: z.looseObject({ action: z.string() }) }))
  async function told(at: House, action: string): Promise<readonly Record<string, unknown>[]> {
    const { rows } = await people.platform.admin.query(
      `select body from upheld_audit.pending where organization_id = $1 and body ->> 'action' = $2 order by seq`,
      [at.organization.id, action],
    )
    return events.parse(rows).map(({ body }) => body)
  }
  /** Refused with this code, told to the organization, and nothing changed. */
  async function refused(code: string, work: () => Promise<unknown>, at: House = house): Promise<void> {
    const state = () => everything(at)
    const before = await state()
    const count = (await told(at, 'access.refused')).length
    await assert.rejects(work, { code: `access.${code}` })
    assert.deepEqual(await state(), before)
    const entries = await told(at, 'access.refused')
    assert.equal(entries.length, count + 1)
    assert.deepEqual(entries.at(-1)?.['outcome'], 'denied')
    assert.equal(z.object({ code: z.string() }).parse(entries.at(-1)?.['detail']).code, `access.${code}`)
  }
  const everything = async ({ organization }: House) =>
    JSON.stringify([
      await organization.sql`select id, roles from upheld_access.member order by id`,
      await organization.sql`select * from upheld_access.override order by id`,
    ])

  /** Whether a statement of this database waits for a lock of another. */
  async function somebodyWaits(): Promise<boolean> {
    const { rows } = await people.platform.admin.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows.length > 0
  }

  let house = await newHouse()
  const foreign = await newHouse()
  return {
    people,
    store,
    foreign,
    later,
    one,
    may,
    rolesOf,
    change,
    add,
    withdraw,
    told,
    refused,
    somebodyWaits,
    enter: async () => (house = await newHouse()),
    close: () => people.close(),
  }
}
