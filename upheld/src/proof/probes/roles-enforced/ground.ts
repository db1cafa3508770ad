import { randomBytes } from 'node:crypto'
import { Agent } from 'node:http'
import { z } from 'zod'
import { systemClock, type Clock } from '../../../core/clock.ts'
import type { Organization, People } from '../../../index.ts'
import type { Credentials, DeclaredRoute, Furnishing } from '../../../routes.ts'
import { cannotProbe, siteOf, type Entrance, type PeopleGround, type Report, type World } from '../../claims/index.ts'
import { draftOf, nameOf, placesOf, written } from '../isolation-routes/draft.ts'
import { rowsOf } from '../isolation-routes/rows.ts'
import { ask, type Answer } from '../isolation-routes/wire.ts'

/** An organization with a member of each kind, and every way in. */
export interface Ground {
  readonly report: Report
  readonly people: People
  /** The same system, whose clock says two days ago. */
  readonly past: People
  readonly routes: readonly DeclaredRoute[]
  /** Roles of the definition, and what each gives. */
  readonly roles: Readonly<Record<string, readonly string[]>>
  readonly permissions: readonly string[]
  /** By role; `no role` for a member without one, `colleague` for one whom nobody needs. */
  readonly members: ReadonlyMap<string, string>
  readonly organization: Organization
  /** Changes when what was there is used up. */
  readonly own: () => Furnishing
  /** A request of the route as somebody, or as a stranger, with the identifiers of this organization. */
  readonly request: (route: DeclaredRoute, as: string | undefined) => Promise<Answer>
  /** The same, with credentials or another form. */
  readonly send: (route: DeclaredRoute, credentials: Credentials | undefined) => Promise<Answer>
  /** A digest of every row of this organization, but for when somebody was last seen. */
  readonly state: () => Promise<string>
  /** Everything anew. */
  readonly refresh: () => Promise<void>
}

/** A member without a role, as the furnishing calls one. */
export const noRole = 'no role'
const operator = { type: 'operator', id: 'probe', purpose: 'proof' } as const

const twoDaysAgo: Clock = {
  now: () => new Date(systemClock.now().getTime() - 2 * 86_400_000),
  monotonicMs: () => systemClock.monotonicMs(),
}

/** Furnishes, works, and takes everything away again, whatever happened. */
export async function grounded(
  world: World,
  { ground, entrance, report }: { readonly ground: PeopleGround; readonly entrance: Entrance; readonly report: Report },
  work: (ground: Ground) => Promise<void>,
): Promise<void> {
  const id = ground.organizations.other
  const [people, platform] = [ground.open(), world.open({ connectionsMax: 2 })]
  const past = ground.open({ clock: twoDaysAgo })
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const rows = await rowsOf(world)
  const inside = platform.organization(id)
  const handle = people.members.organization(id).as(operator)
  const clear = async (): Promise<void> => {
    await rows.clear(inside)
    await ground.clear(id)
    // Where the addresses end of everybody who is furnished there.
    await ground.clearPersons(`${id.replaceAll('-', '')}.invalid`)
  }
  try {
    const line = { origin: await world.origin(), agent, signal: report.signal }
    const site = await siteOf(world)
    const furnish = async () => {
      await clear()
      const mark = `canary${randomBytes(6).toString('hex')}`
      const furnishing = await entrance.routes.furnish(inside, mark).catch((cause: unknown) => {
        throw cannotProbe('The application could not furnish an organization for the probe.', cause)
      })
      return { furnishing, members: await membersOf(handle, mark) }
    }
    let now = await furnish()
    const [ofMembers, ofApplication] = [
      await tablesIn(handle, ['upheld_access']),
      await tablesIn(inside, world.tenantSchemas),
    ]
    const send = async (route: DeclaredRoute, credentials: Credentials | undefined): Promise<Answer> =>
      mustAnswer(route, await ask(line, written(draftOf(route, now.furnishing), credentials, site)))
    await work({
      report,
      people,
      past,
      routes: entrance.routes.declared,
      roles: people.access.roles,
      permissions: Object.keys(people.access.permissions),
      get members() {
        return now.members
      },
      organization: handle,
      own: () => now.furnishing,
      send,
      request: (route, as) => send(route, as === undefined ? undefined : credentialsIn(now.furnishing, as)),
      state: async () => `${await stateOf(inside, ofApplication)} ${await stateOf(handle, ofMembers)}`,
      async refresh() {
        now = await furnish()
      },
    })
  } finally {
    agent.destroy()
    if (world.place === 'live') await clear()
    await Promise.all([people.close(), past.close(), platform.close()])
  }
}

function credentialsIn({ roles }: Furnishing, as: string): Credentials {
  const credentials = roles[as]
  if (credentials === undefined) throw cannotProbe(`There is no way in for the role ${as}.`)
  return credentials
}

/** @throws claims.cannot_probe where the service defends itself against many requests, or fails: nothing is learned then */
function mustAnswer(route: DeclaredRoute, answer: Answer): Answer {
  if ([429, 500, 503].includes(answer.status))
    throw cannotProbe(`${nameOf(route)} answered the probe with ${answer.status}.`)
  return answer
}

const memberRows = z.array(z.object({ id: z.string(), name: z.string() }))

async function membersOf(handle: Organization, mark: string): Promise<ReadonlyMap<string, string>> {
  const found = await handle.query(
    `select m.id, p.name from upheld_access.member m join upheld_identity.person p on p.id = m.person_id
     where starts_with(p.name, $1)`,
    [`${mark} `],
  )
  const members = new Map(memberRows.parse(found).map(({ id, name }) => [name.slice(mark.length + 1), id]))
  for (const name of ['owner', noRole, 'colleague'])
    if (!members.has(name)) throw cannotProbe(`There is no member ${name} to try it with.`)
  return members
}

/** Times of last use are no change: a request that is refused may be noted as one that was made. */
const notes = '{seen_at,used_at,last_seen_at,last_used_at}'

/** Tables of these schemas that whoever asks may read. */
async function tablesIn(by: Pick<Organization, 'query'>, schemas: readonly string[]): Promise<readonly string[]> {
  const tables = await by.query(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any ($1) and c.relkind in ('r', 'p') and not c.relispartition and has_table_privilege(c.oid, 'select')
     order by 1`,
    [[...schemas]],
  )
  return tables.map(({ name }) => String(name))
}

/** A digest of all rows of one organization in these tables. */
async function stateOf(handle: Organization, tables: readonly string[]): Promise<string> {
  const look = tables.map(
    name =>
      `select count(*) || coalesce(md5(string_agg(j, ' ' order by j)), '') as sum
       from (select (to_jsonb(t) - '${notes}'::text[])::text collate "C" as j from ${name} t) one`,
  )
  return (await handle.query(look.join('\nunion all\n'))).map(row => String(row['sum'])).join()
}

/** Whether there is something for every identifier that a route takes. Where not, it answers nobody, and says nothing of roles. */
export function isFurnished({ own }: Pick<Ground, 'own'>, route: DeclaredRoute): boolean {
  return placesOf(route).every(({ kind }) => own().ids[kind] !== undefined)
}

/** Paths that somebody is led to who may not go on. */
const doors = ['/sign-in', '/organizations', '/account/second-factor', '/account/confirm', '/staff']

/** What is answered to whoever may not: 401 and 403, or as if nothing were there. */
const refusals = [401, 403, 404, 405]

/**
 * Undefined for a refusal, or the way to a door. Whoever is told that a form is not filled in right got through: it was read.
 */
export function gotThrough({ status, headers }: Pick<Answer, 'status' | 'headers'>): string | undefined {
  if (refusals.includes(status)) return undefined
  const [path = ''] = (headers['location'] ?? '').split('?', 1)
  return status >= 300 && status < 400 && doors.includes(path) ? undefined : `status ${status} and no refusal`
}

/** Something tried that must be refused: as `refusedBy` says, or as somebody hears who may not. */
export async function mustRefuse(
  { report }: Pick<Ground, 'report'>,
  asking: Promise<Answer>,
  attack: string,
  where: string,
  refusedBy: (answer: Answer) => boolean = answer => gotThrough(answer) === undefined,
): Promise<void> {
  const answer = await asking
  const saw = refusedBy(answer) ? undefined : `status ${answer.status} and no refusal`
  if (saw === undefined) report.observe(attack, where)
  else report.refute({ attack, where, saw })
}
