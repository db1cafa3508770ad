import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Organization } from '../../src/foundation/tenancy/index.ts'
import { accessStore, defineAccess, type NewOverride } from '../../src/guards/access/index.ts'
import { testPeople, type TestPeople } from '../../src/testing/index.ts'

const access = defineAccess({
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

const events = z.array(z.object({ body: z.looseObject({ action: z.string() }) }))

async function newHouse(people: TestPeople): Promise<House> {
  const personIds = []
  for (const role of roleNames) personIds.push(await people.person(`${role}.${randomUUID()}@example.com`))
  const { organization, memberIds } = await people.organization(
    'Acme',
    personIds.map((personId, at) => ({ personId, roles: [roleNames[at] ?? ''] })),
  )
  const [owner = '', otherOwner = '', admin = '', otherAdmin = '', agent = '', otherAgent = ''] = memberIds
  return { organization, owner, otherOwner, admin, otherAdmin, agent, otherAgent }
}

async function everything({ organization }: House): Promise<string> {
  return JSON.stringify([
    await organization.sql`select id, roles from upheld_access.member order by id`,
    await organization.sql`select * from upheld_access.override order by id`,
  ])
}

/** What the database shows to somebody who may see all of it. */
function watch({ platform }: TestPeople) {
  async function told(at: House, action: string): Promise<readonly Record<string, unknown>[]> {
    const { rows } = await platform.admin.query(
      `select body from upheld_audit.pending where organization_id = $1 and body ->> 'action' = $2 order by seq`,
      [at.organization.id, action],
    )
    return events.parse(rows).map(({ body }) => body)
  }
  return {
    /** Entries of one action, oldest first. */
    told,
    /** Refused with this code, told to the organization, and nothing changed. */
    refused: async (code: string, at: House, work: () => Promise<unknown>): Promise<void> => {
      const before = await everything(at)
      const count = (await told(at, 'access.refused')).length
      await assert.rejects(work, { code: `access.${code}` })
      assert.equal(await everything(at), before)
      const entries = await told(at, 'access.refused')
      assert.equal(entries.length, count + 1)
      assert.deepEqual(entries.at(-1)?.['outcome'], 'denied')
      assert.equal(z.object({ code: z.string() }).parse(entries.at(-1)?.['detail']).code, `access.${code}`)
    },
    /** Whether a statement of this database waits for a lock of another. */
    somebodyWaits: async (): Promise<boolean> => {
      const { rows } = await platform.admin.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rows.length > 0
    },
  }
}

/** A database with one organization that acts (`enter` makes a new one), and another that is foreign to it. */
export async function accessLab() {
  const people = await testPeople()
  const store = accessStore({ access, clock: people.clock })
  let house = await newHouse(people)
  const foreign = await newHouse(people)
  const { told, somebodyWaits, refused } = watch(people)
  const later = (secs: number): Date => new Date(people.clock.now().getTime() + secs * 1000)
  return {
    people,
    store,
    foreign,
    later,
    told,
    somebodyWaits,
    refused: (code: string, work: () => Promise<unknown>) => refused(code, house, work),
    one: (memberId: string, permission: string, effect: 'allow' | 'deny', secs = 3600): NewOverride => ({
      memberId,
      permission,
      effect,
      reason: 'covers for a colleague',
      expiresAt: later(secs),
      reviewAt: later(secs),
    }),
    may: async (memberId: string, permission: Name, at: House = house) =>
      (await store.setOf(at.organization, memberId))?.may(permission),
    rolesOf: async (memberId: string, { organization }: House = house) =>
      (await organization.query('select roles from upheld_access.member where id = $1', [memberId]))[0]?.['roles'],
    change: (by: string, memberId: string, roles: readonly string[], at: House = house) =>
      store.changeRoles(at.organization, { memberId: by }, [{ memberId, roles }]),
    add: (by: string, override: NewOverride, at: House = house) =>
      store.addOverrides(at.organization, { memberId: by }, [override]),
    withdraw: (by: string, ids: readonly string[], at: House = house) =>
      store.withdrawOverrides(at.organization, { memberId: by }, ids),
    enter: async () => (house = await newHouse(people)),
    close: () => people.close(),
  }
}
