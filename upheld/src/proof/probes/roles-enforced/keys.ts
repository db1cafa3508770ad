import type { Credentials, DeclaredRoute } from '../../../routes.ts'
import { cannotProbe } from '../../claims/index.ts'
import { nameOf } from '../isolation-routes/draft.ts'
import { except } from './exceptions.ts'
import { gotThrough, mustRefuse, type Ground } from './ground.ts'

/** Routes that a key of a program opens, as the furnishing gave one that may everything. */
function forKeys({ routes, own }: Ground): readonly DeclaredRoute[] {
  const keyed = Object.entries(own().roles).flatMap(([role, { headers }]) =>
    /^Bearer upk_/.test(headers['authorization'] ?? '') ? [role] : [],
  )
  return routes.filter(({ roles }) => roles !== 'public' && keyed.some(role => roles.includes(role)))
}

/** A key opens what its one scope says, nothing after it was revoked, and nothing that its maker may not any more. */
export async function attackByKey(ground: Ground): Promise<void> {
  const routes = forKeys(ground)
  const { people, permissions, report } = ground
  const scopes = permissions.filter(name => people.access.permissions[name]?.keys === true)
  if (routes.length === 0 || scopes.length === 0) return
  report.population('scopes of keys', scopes.length)
  const openedBy = new Map<string, string[]>()
  const keys = new Map<string, Made>()
  for (const scope of scopes) {
    const made = await makeKey(ground, scope)
    keys.set(scope, made)
    for (const route of routes) {
      const saw = gotThrough(await ground.send(route, made.credentials))
      if (saw !== undefined) openedBy.set(nameOf(route), [...(openedBy.get(nameOf(route)) ?? []), scope])
    }
  }
  for (const route of routes) judge(ground, route, openedBy.get(nameOf(route)) ?? [])
  await ended(ground, routes, keys)
  const openings = routes.flatMap(route =>
    (openedBy.get(nameOf(route)) ?? []).slice(0, 1).map(scope => [scope, route] as const),
  )
  if (openings.length === 0) throw cannotProbe('No key opens anything.')
  await withMaker(ground, openings)
}

/** A key that has run out, and keys of somebody who was suspended, and who is no member any more: where each opened before. */
async function withMaker(ground: Ground, openings: readonly Opening[]): Promise<void> {
  const { organization, members } = ground
  const maker = members.get('colleague') ?? ''
  const change = (set: string): Promise<unknown> =>
    organization.query(`update upheld_access.member set ${set} where id = $1`, [maker])
  await change(`roles = '{owner}'`)
  const live = await opening(ground, await madeFor(ground, openings, maker))
  const over = await madeFor({ ...ground, people: ground.past }, openings, maker)
  const refusedNow = async (attack: string, keys = live): Promise<void> => {
    for (const [one, route] of keys) await tried(ground, route, one, attack)
  }
  await refusedNow('use a key that has run out', over)
  await change('suspended_at = now()')
  await refusedNow('use a key whose maker was suspended')
  await change('suspended_at = null')
  await organization.query('delete from upheld_access.member where id = $1', [maker])
  await refusedNow('use a key whose maker is no member any more')
  await ground.refresh()
}

type Keyed = readonly [Made, DeclaredRoute]

/** Those that open now: what one of them deleted before is not there for the next. @throws claims.cannot_probe when none does */
async function opening(ground: Ground, keyed: readonly Keyed[]): Promise<readonly Keyed[]> {
  const open: Keyed[] = []
  for (const [one, route] of keyed)
    if (gotThrough(await ground.send(route, one.credentials)) !== undefined) open.push([one, route])
  if (open.length === 0) throw cannotProbe('A key of somebody who may everything opens nothing.')
  return open
}

/** A route, and a scope that opened it. */
type Opening = readonly [scope: string, route: DeclaredRoute]

async function madeFor(
  ground: Pick<Ground, 'people' | 'organization' | 'members'>,
  openings: readonly Opening[],
  maker: string,
): Promise<readonly Keyed[]> {
  const keys = new Map<string, Made>()
  const made: Keyed[] = []
  for (const [scope, route] of openings) {
    const key = keys.get(scope) ?? (await makeKey(ground, scope, maker))
    keys.set(scope, key)
    made.push([key, route])
  }
  return made
}

/** A route needs one thing: whoever has another comes no further. */
function judge({ report }: Ground, route: DeclaredRoute, scopes: readonly string[]): void {
  const [attack, where] = ['use a key beyond its scope', nameOf(route)]
  if (scopes.length > 1) report.refute({ attack, where, saw: `keys for ${scopes.join(' and for ')} both open it` })
  else report.observe(attack, where)
}

interface Made {
  readonly id: string
  readonly credentials: Credentials
}

async function makeKey(
  { people, organization, members }: Pick<Ground, 'people' | 'organization' | 'members'>,
  scope: string,
  memberId = members.get('owner') ?? '',
): Promise<Made> {
  const { id, key } = await people.keys.create(
    organization.id,
    { memberId },
    { name: `Probe of ${scope}`.slice(0, 100), scopes: [scope], days: 1 },
  )
  return { id, credentials: { headers: { authorization: `Bearer ${key}` } } }
}

async function ended(ground: Ground, routes: readonly DeclaredRoute[], keys: ReadonlyMap<string, Made>): Promise<void> {
  const { people, organization, members, permissions } = ground
  const owner = { memberId: members.get('owner') ?? '' }
  await except(ground, { member: 'owner', permissions, effect: 'deny' })
  for (const made of keys.values())
    for (const route of routes) await tried(ground, route, made, 'use a key whose maker may no more')
  await organization.query('delete from upheld_access.override where member_id = $1', [owner.memberId])
  for (const made of keys.values()) {
    await people.keys.revoke(organization.id, owner, made.id)
    for (const route of routes) await tried(ground, route, made, 'use a key that was revoked')
  }
}

function tried(ground: Ground, route: DeclaredRoute, { credentials }: Made, attack: string): Promise<void> {
  return mustRefuse(ground, ground.send(route, credentials), attack, nameOf(route))
}
