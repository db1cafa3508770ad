import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { addStaff, type Organization, type OrganizationId, type Upheld } from '../../../index.ts'
import type { DeclaredRoute } from '../../../routes.ts'
import { cannotProbe, type PeopleGround, type Report, type World } from '../../claims/index.ts'
import { plant, tablesOf, uproot, type Table } from '../attacks/index.ts'
import { actorOf, counter } from '../organization.ts'
import { openCrowd, type Crowd } from '../people/crowd.ts'
import { guest, type Guest } from '../people/guests.ts'

/** A customer, a neighbor, and people of the operator, with everything that is tried between them. */
export interface Ground {
  readonly world: World
  readonly report: Report
  readonly crowd: Crowd
  readonly platform: Upheld
  readonly house: OrganizationId
  readonly other: OrganizationId
  /** Of the house: one who decides, and one who does not. */
  readonly owner: Guest
  readonly agent: Guest
  /** The owner of the neighbor. */
  readonly stranger: Guest
  /** Three people of the operator. */
  readonly staff: readonly [Guest, Guest, Guest]
  /** What staff may be granted; what it may be granted in order to change; and what never. */
  readonly readable: readonly string[]
  readonly writable: readonly string[]
  readonly closed: readonly string[]
  /** Pages of the application that somebody looks at with what staff may be granted. */
  readonly pages: readonly DeclaredRoute[]
  /** Tables of the application in which both organizations have a row. */
  readonly tables: readonly string[]
  /** The house, as somebody of the operator who looks at it from outside. */
  readonly looking: Organization
}

/** Opens everything, works, and takes it away, whatever happened. */
export async function grounded(
  world: World,
  ground: PeopleGround,
  report: Report,
  work: (ground: Ground) => Promise<void>,
): Promise<void> {
  const crowd = await openCrowd(world, ground, report.signal)
  const platform = world.open({ connectionsMax: 4 })
  try {
    await work(await made(world, { ground, report, crowd, platform }))
  } finally {
    if (world.place === 'live') await uprooted(world, platform, Object.values(ground.organizations))
    await platform.close()
    await ground.clear(ground.organizations.other)
    await crowd.close()
  }
}

interface Parts {
  readonly ground: PeopleGround
  readonly report: Report
  readonly crowd: Crowd
  readonly platform: Upheld
}

async function made(world: World, { ground, report, crowd, platform }: Parts): Promise<Ground> {
  const { house, other } = ground.organizations
  const { identity, members, support, access } = crowd.people
  await ground.clear(other)
  await identity.nameOrganization(other, 'Neighbor of a probe')
  const inHouse = async (name: string, role: string): Promise<Guest> =>
    guest(crowd, await crowd.member(name, { roles: [role] }), house)
  const far = { organizationId: other, email: crowd.addressOf('stranger'), name: 'Probe stranger', roles: ['owner'] }
  const stranger = await guest(crowd, await identity.importMember(far), other)
  const operated = async (name: string): Promise<Guest> => {
    const personId = await identity.importPerson({ email: crowd.addressOf(name), name: `Probe ${name}` })
    await addStaff(support, personId, 'a probe')
    return guest(crowd, { personId, memberId: '' }, undefined)
  }
  const rules = Object.entries(access.permissions)
  const named = (...kinds: readonly string[]): readonly string[] =>
    rules.filter(([, { staff }]) => kinds.includes(staff)).map(([name]) => name)
  const readable = named('read', 'write')
  const pages = (world.entrance?.routes.declared ?? []).filter(
    ({ method, path, permission, roles }) =>
      method === 'GET' &&
      !path.includes(':') &&
      roles.includes('owner') &&
      permission !== undefined &&
      readable.includes(permission),
  )
  return {
    world,
    report,
    crowd,
    platform,
    house,
    other,
    owner: await inHouse('owner', 'owner'),
    agent: await inHouse('agent', 'agent'),
    stranger,
    staff: [await operated('staff-1'), await operated('staff-2'), await operated('staff-3')],
    readable,
    writable: named('write'),
    closed: named('never'),
    pages,
    tables: (await planted(world, platform, [house, other])).map(({ label }) => label),
    looking: members.organization(house).as({ type: 'operator', id: 'probe', purpose: 'proof' }),
  }
}

/** Tables of the application, each with a row of both organizations: what is empty tells nothing of who may read it. */
async function planted(
  world: World,
  platform: Upheld,
  organizations: readonly OrganizationId[],
): Promise<readonly Table[]> {
  const login = world.login('app')
  try {
    const tables = await tablesOf(login, {
      schemas: world.tenantSchemas,
      tenantOf: table => (table.columns.some(one => one.name === 'organization_id') ? ['organization_id'] : []),
    })
    const without = new Set<string>()
    for (const id of organizations) {
      const actor = actorOf(platform.organization(id))
      await uproot(actor, tables)
      const options = { mark: randomBytes(6).toString('hex'), fresh: counter() }
      const rows = await plant(actor, tables, { ...options, onFailure: table => void without.add(table.label) })
      for (const table of tables) if (rows.find(table) === undefined) without.add(table.label)
    }
    return tables.filter(({ label }) => !without.has(label))
  } finally {
    await login.close()
  }
}

async function uprooted(world: World, platform: Upheld, organizations: readonly OrganizationId[]): Promise<void> {
  const login = world.login('app')
  try {
    const tables = await tablesOf(login, { schemas: world.tenantSchemas, tenantOf: () => ['organization_id'] })
    for (const id of organizations) await uproot(actorOf(platform.organization(id)), tables)
  } finally {
    await login.close()
  }
}

/** What is known of a request in the house. */
interface Known {
  readonly grantId: string | null
  readonly peerId: string | null
  readonly endedAt: Date | null
}

const knownRow = z.object({
  grant_id: z.string().nullable(),
  peer_id: z.string().nullable(),
  ended_at: z.date().nullable(),
})

export async function knownOf({ looking }: Ground, id: string): Promise<Known> {
  const [row] = await looking.query(
    'select grant_id, peer_id, ended_at from upheld_access.support_request where id = $1',
    [id],
  )
  if (row === undefined) throw cannotProbe('A request for support that was made is not there.')
  const { grant_id, peer_id, ended_at } = knownRow.parse(row)
  return { grantId: grant_id, peerId: peer_id, endedAt: ended_at }
}
