import type { DeclaredRoute } from '../../../routes.ts'
import { cannotProbe } from '../../claims/index.ts'
import { nameOf, writes } from '../isolation-routes/draft.ts'
import { gotThrough, isFurnished, mustRefuse, noRole, type Ground } from './ground.ts'
import { byRight, refusedWith, wasLetIn } from './matrix.ts'

interface Exception {
  readonly member: string
  readonly permissions: readonly string[]
  readonly effect: 'allow' | 'deny'
  /** Over for an hour already. */
  readonly over?: boolean
}

const reason = 'A probe of roles.'

/** As whoever may writes it: by another member, with an end. */
export async function except({ organization, members }: Ground, one: Exception): Promise<void> {
  const memberId = members.get(one.member)
  const author = members.get(one.member === 'owner' ? 'colleague' : 'owner')
  const [from, until] = one.over === true ? ['2 hours', '-1 hour'] : ['1 hour', '1 hour']
  await organization.query(
    `insert into upheld_access.override
       (organization_id, member_id, permission, effect, author_id, reason, created_at, expires_at, review_at)
     select upheld.organization_id(), $1, p, $2, $3, $4, now() - $5::interval, now() + $6::interval, now() + $6::interval
     from unnest($7::text[]) p`,
    [memberId, one.effect, author, reason, from, until, [...one.permissions]],
  )
}

async function withdrawAll({ organization }: Ground): Promise<void> {
  await organization.query('delete from upheld_access.override where reason = $1', [reason])
}

/** Exceptions of single members: one permission more each, all taken, and what is over. */
export async function attackByException(ground: Ground): Promise<void> {
  ground.report.population('permissions', ground.permissions.length)
  await takenAway(ground)
  await givenOne(ground)
  await deniedOne(ground)
  await deniedAll(ground)
  await overAlready(ground)
  await changedMeanwhile(ground)
}

/** A permission opens what asks for it, and nothing else. */
async function givenOne(ground: Ground): Promise<void> {
  const { permissions, report, request } = ground
  const pages = byRight(ground).filter(route => !writes(route))
  const refused = new Map<DeclaredRoute, number>()
  for (const page of pages) refused.set(page, await refusedWith(ground, page))
  for (const permission of permissions) {
    await except(ground, { member: noRole, permissions: [permission], effect: 'allow' })
    for (const page of pages) {
      const [attack, where] = [`use it with ${permission} alone`, nameOf(page)]
      const answer = await request(page, noRole)
      const saw = gotThrough(answer)
      const closed = !wasLetIn(answer, refused.get(page) ?? 0)
      if (page.permission === permission && closed && isFurnished(ground, page))
        throw cannotProbe(`${where} is closed to somebody who was given ${permission}.`)
      if (saw === undefined || mayOpen(ground, page, permission)) report.observe(attack, where)
      else report.refute({ attack, where, saw })
    }
    await withdrawAll(ground)
  }
}

/** Where a route says only roles: a permission that one of the others has cannot be the one that it needs. */
function mayOpen({ roles }: Ground, page: DeclaredRoute, permission: string): boolean {
  if (page.permission !== undefined) return page.permission === permission
  return Object.keys(roles).every(role => page.roles.includes(role) || roles[role]?.includes(permission) !== true)
}

/** One permission taken from the owner closes what asks for it: a denial needs no others beside it. */
async function deniedOne(ground: Ground): Promise<void> {
  for (const permission of ground.permissions) {
    const [page] = byRight(ground).filter(route => !writes(route) && route.permission === permission)
    if (page === undefined) continue
    await except(ground, { member: 'owner', permissions: [permission], effect: 'deny' })
    await tried(ground, page, 'owner', `use ${permission}, which alone was denied`)
    await withdrawAll(ground)
  }
}

/** A denial wins over every role, the owner’s too, and over what was given besides. */
async function deniedAll(ground: Ground): Promise<void> {
  const { permissions, roles } = ground
  const all = [...Object.keys(roles), noRole]
  for (const member of all) await except(ground, { member, permissions, effect: 'deny' })
  await except(ground, { member: noRole, permissions, effect: 'allow' })
  for (const route of byRight(ground))
    await Promise.all(all.map(role => tried(ground, route, role, 'use what was denied')))
  await withdrawAll(ground)
}

async function overAlready(ground: Ground): Promise<void> {
  const { permissions, request } = ground
  await except(ground, { member: noRole, permissions, effect: 'allow', over: true })
  await except(ground, { member: 'owner', permissions, effect: 'deny', over: true })
  const routes = byRight(ground)
  for (const route of routes) await tried(ground, route, noRole, 'use what was given until an hour ago')
  for (const route of routes.filter(one => !writes(one) && isFurnished(ground, one) && one.roles.includes('owner')))
    if (!wasLetIn(await request(route, 'owner'), await refusedWith(ground, route)))
      throw cannotProbe(`A denial that is over keeps the owner out of ${nameOf(route)}.`)
  await withdrawAll(ground)
}

/** An exception that ends ends with the next request. */
async function changedMeanwhile(ground: Ground): Promise<void> {
  const { permissions, organization, request } = ground
  const pages = byRight(ground).filter(route => !writes(route))
  await except(ground, { member: noRole, permissions, effect: 'allow' })
  const opened: DeclaredRoute[] = []
  for (const page of pages) if (gotThrough(await request(page, noRole)) !== undefined) opened.push(page)
  if (pages.length > 0 && opened.length === 0) throw cannotProbe('Every permission together opens nothing.')
  // The same as two hours later.
  await organization.query(
    `update upheld_access.override set created_at = created_at - interval '2 hours', expires_at = expires_at - interval '2 hours',
       review_at = review_at - interval '2 hours' where reason = $1`,
    [reason],
  )
  for (const page of opened) await tried(ground, page, noRole, 'use what ended meanwhile')
  await withdrawAll(ground)
}

/** What somebody may is asked anew at each request: nothing is kept from the one before. */
async function takenAway(ground: Ground): Promise<void> {
  const { organization, members, request } = ground
  const pages = byRight(ground).filter(route => !writes(route))
  const write = (role: string, roles: readonly string[]) =>
    organization.query('update upheld_access.member set roles = $2 where id = $1', [members.get(role), [...roles]])
  for (const role of Object.keys(ground.roles).filter(name => name !== 'owner')) {
    const own = pages.filter(page => page.roles.includes(role))
    for (const page of own.slice(0, 1)) await request(page, role)
    await write(role, [])
    for (const page of own) await tried(ground, page, role, 'use a role that was taken away')
    // What the definition does not know gives nothing, whatever it was once, and however it is written.
    await write(role, ['role-of-before', 'Owner', 'OWNER', ' owner', 'all'])
    for (const page of own.slice(0, 2)) await tried(ground, page, role, 'use roles that there are not')
    await write(role, [role])
  }
}

function tried(ground: Ground, route: DeclaredRoute, role: string, how: string): Promise<void> {
  return mustRefuse(ground, ground.request(route, role), `${how}, as ${role}`, nameOf(route))
}
