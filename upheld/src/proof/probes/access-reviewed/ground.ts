import { systemClock, type Clock } from '../../../core/clock.ts'
import type { Organization, OrganizationId, People } from '../../../index.ts'
import type { DeclaredRoute } from '../../../routes.ts'
import { cannotProbe, type PeopleGround, type Report, type World } from '../../claims/index.ts'
import { openCrowd, type Crowd } from '../people/crowd.ts'
import { guest, type Guest } from '../people/guests.ts'

/** A line of a review, as the people of this system give it. */
export type Line = Awaited<ReturnType<People['reviews']['lines']>>[number]

/** An organization with two owners, and one whose owner is alone; what they gave to others, and who uses it. */
export interface Ground {
  readonly world: World
  readonly report: Report
  readonly crowd: Crowd
  readonly house: OrganizationId
  readonly lonely: OrganizationId
  readonly owner: Guest
  readonly second: Guest
  readonly admin: Guest
  readonly agent: Guest
  /** Another one, who is to be a member no more. */
  readonly leaver: Guest
  /** The one who is alone. */
  readonly alone: Guest
  /** A key of the owner, and what it may. */
  readonly key: { readonly id: string; readonly token: string; readonly scope: string }
  /** A directory of the owner. */
  readonly directory: { readonly id: string; readonly token: string }
  /** What the agent was given beyond the roles. */
  readonly override: string
  /** Pages of the application that the agent opens. */
  readonly pages: readonly DeclaredRoute[]
  /** The house, as its owner holds it with the login of identity. */
  readonly handle: Organization
  /** The same system so many days from now. */
  later(days: number): People
}

export async function grounded(
  world: World,
  ground: PeopleGround,
  report: Report,
  work: (ground: Ground) => Promise<void>,
): Promise<void> {
  const crowd = await openCrowd(world, ground, report.signal)
  const opened: People[] = []
  const later = (days: number): People => {
    const people = ground.open({ clock: clockIn(days) })
    opened.push(people)
    return people
  }
  try {
    await work(await made(world, { ground, report, crowd, later }))
  } finally {
    for (const people of opened) await people.close()
    await ground.clear(ground.organizations.other)
    await crowd.close()
  }
}

interface Parts extends Pick<Ground, 'report' | 'crowd' | 'later'> {
  readonly ground: PeopleGround
}

async function made(world: World, { ground, report, crowd, later }: Parts): Promise<Ground> {
  const { house, other: lonely } = ground.organizations
  const { identity, members } = crowd.people
  await ground.clear(lonely)
  await identity.nameOrganization(lonely, 'Neighbor of a probe')
  const inHouse = async (name: string, role: string): Promise<Guest> =>
    guest(crowd, await crowd.member(name, { roles: [role] }), house)
  const far = { organizationId: lonely, email: crowd.addressOf('alone'), name: 'Probe alone', roles: ['owner'] }
  const owner = await inHouse('owner', 'owner')
  const agent = await inHouse('agent', 'agent')
  const handle = members.organization(house).as({ type: 'member', id: owner.memberId, purpose: 'access-review' })
  const given: readonly string[] = crowd.people.access.roles['agent'] ?? []
  return {
    world,
    report,
    crowd,
    house,
    lonely,
    owner,
    second: await inHouse('second', 'owner'),
    admin: await inHouse('admin', 'admin'),
    agent,
    leaver: await inHouse('leaver', 'agent'),
    alone: await guest(crowd, await identity.importMember(far), lonely),
    key: await keyOf(crowd, house, owner),
    directory: await crowd.people.scim.issue(handle, owner.memberId, { name: 'probe', lifeDays: 1 }),
    override: await overrideOf(crowd, handle, { owner, agent }),
    pages: (world.entrance?.routes.declared ?? []).filter(
      ({ method, path, permission }) =>
        method === 'GET' && !path.includes(':') && permission !== undefined && given.includes(permission),
    ),
    handle,
    later,
  }
}

async function keyOf({ people }: Crowd, house: OrganizationId, owner: Guest): Promise<Ground['key']> {
  const [scope] = Object.entries(people.access.permissions).flatMap(([name, { keys }]) => (keys ? [name] : []))
  if (scope === undefined) throw cannotProbe('No permission can be given to a key here.')
  const wanted = { name: 'probe', scopes: [scope], days: 1 }
  const { id, key } = await people.keys.create(house, { memberId: owner.memberId }, wanted)
  return { id, token: key, scope }
}

async function overrideOf(
  { people }: Crowd,
  handle: Organization,
  { owner, agent }: Pick<Ground, 'owner' | 'agent'>,
): Promise<string> {
  const has: readonly string[] = people.access.roles['agent'] ?? []
  const permission = Object.keys(people.access.permissions).find(name => !has.includes(name))
  if (permission === undefined) throw cannotProbe('There is nothing that an agent may not.')
  const expiresAt = new Date(systemClock.now().getTime() + 60 * dayMs)
  await people.roles.addOverrides(handle, { memberId: owner.memberId }, [
    { memberId: agent.memberId, permission, effect: 'allow', reason: 'a probe', expiresAt, reviewAt: expiresAt },
  ])
  return permission
}

const dayMs = 86_400_000

function clockIn(days: number): Clock {
  return {
    now: () => new Date(systemClock.now().getTime() + days * dayMs),
    monotonicMs: () => systemClock.monotonicMs(),
  }
}

/** Begins a review as its owner would, in the browser. */
export async function mustBegin({ crowd, house, owner }: Ground): Promise<string> {
  const { status, headers } = await owner.browser.send('/reviews/begin', { reviewers: 'owners', days: '14' })
  const [, id] = /^\/reviews\/([0-9a-f-]{36})$/.exec(headers['location'] ?? '') ?? []
  if (id === undefined) throw cannotProbe(`No review could be begun: status ${status}.`)
  if (!(await crowd.people.reviews.list(house)).some(one => one.id === id))
    throw cannotProbe('A review that was begun is not there.')
  return id
}

export function linesOf({ crowd, house }: Ground, review: string): Promise<readonly Line[]> {
  return crowd.people.reviews.lines(house, review, { max: 500 })
}

/** Decides in the browser. What came of it is asked of the lines. */
export async function decide(
  who: Guest,
  review: string,
  lines: readonly Line[],
  how: 'keep' | 'remove',
): Promise<void> {
  const chosen = Object.fromEntries(lines.map(({ id }) => [`line_${id}`, how]))
  await who.browser.send(`/reviews/${review}/decide`, {
    after: '0',
    show: 'all',
    rest: 'leave',
    reason: 'A probe looked at it.',
    ...chosen,
  })
}
