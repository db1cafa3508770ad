import type { DeclaredRoute } from '../../../routes.ts'
import { cannotProbe } from '../../claims/index.ts'
import { nameOf, writes } from '../isolation-routes/draft.ts'
import type { Answer } from '../isolation-routes/wire.ts'
import { gotThrough, isFurnished, mustRefuse, noRole, type Ground } from './ground.ts'

/** Routes on which it matters what somebody may do in the organization. */
export function byRight({ routes, roles }: Pick<Ground, 'routes' | 'roles'>): readonly DeclaredRoute[] {
  return routes.filter(route => rightsDecide(roles, route))
}

function rightsDecide(defined: Ground['roles'], { roles, permission }: DeclaredRoute): boolean {
  const members = Object.keys(defined)
  if (roles === 'public' || !members.some(role => roles.includes(role))) return false
  if (permission !== undefined) return permission !== 'member'
  // An owner has every permission: what is closed to them is no matter of rights.
  return roles.includes('owner') && !members.every(role => roles.includes(role))
}

/** Everybody who may not is refused on every route, and nothing is changed by it. */
export async function refuseAll(ground: Ground): Promise<void> {
  const { routes, report } = ground
  const closed = routes.filter(route => route.roles !== 'public')
  report.population('routes that are not public', closed.length)
  report.population('ways in', Object.keys(ground.own().roles).length)
  // The first look of each notes that somebody was there.
  for (const route of closed.filter(one => !writes(one)).slice(0, 1))
    for (const role of Object.keys(ground.own().roles)) await ground.request(route, role)
  for (const route of closed) await refuse(ground, route)
}

async function refuse(ground: Ground, route: DeclaredRoute): Promise<void> {
  const { report, request, own } = ground
  const where = nameOf(route)
  const held = writes(route) ? await ground.state() : undefined
  const strangers = [undefined, ...Object.keys(own().roles).filter(role => !mayUse(ground, route, role))]
  // A program that is not heard may be told what is wrong with its words, before anybody asks who it is.
  const refusedBy = rightsDecide(ground.roles, route)
    ? undefined
    : (answer: Answer) => answer.status >= 400 || gotThrough(answer) === undefined
  await Promise.all(
    strangers.map(role => mustRefuse(ground, request(route, role), `use it as ${role ?? 'nobody'}`, where, refusedBy)),
  )
  if (held === undefined || held === (await ground.state())) return
  report.refute({ attack: 'change something without the right', where, saw: 'rows were changed by a refused request' })
  await ground.refresh()
}

/** Where a route says what it needs, a member without a role may use it when that is to be one. */
function mayUse({ roles: defined }: Ground, { roles, permission }: DeclaredRoute, role: string): boolean {
  if (roles === 'public' || roles.includes(role)) return true
  const members = Object.keys(defined)
  if (!members.some(one => roles.includes(one)) || (role !== noRole && !members.includes(role))) return false
  if (permission !== undefined) return role === noRole && permission === 'member'
  // Where something else than rights decides, they say nothing of members.
  return !roles.includes('owner') || (role === noRole && members.every(one => roles.includes(one)))
}

/** Control: whoever may is let in. Each role on each page; on each form one of those that may, weakest first. */
export async function admitAll(ground: Ground): Promise<void> {
  for (const route of byRight(ground).filter(one => isFurnished(ground, one))) {
    const roles = Object.keys(ground.roles).filter(role => route.roles.includes(role))
    const tries = writes(route) ? [roles.toReversed()] : roles.map(role => [role])
    for (const some of tries) {
      if (await admit(ground, route, some)) continue
      // What other forms did is perhaps in its way.
      await ground.refresh()
      if (await admit(ground, route, some)) continue
      throw cannotProbe(`${nameOf(route)} lets in none of those who may use it: ${some.join(', ')}.`)
    }
  }
}

async function admit(ground: Ground, route: DeclaredRoute, roles: readonly string[]): Promise<boolean> {
  const refused = await refusedWith(ground, route)
  for (const role of roles) {
    if (!wasLetIn(await ground.request(route, role), refused)) continue
    ground.report.observe(`use it as ${role}`, nameOf(route))
    return true
  }
  return false
}

/** What somebody hears who may nothing. */
export async function refusedWith({ request }: Ground, route: DeclaredRoute): Promise<number> {
  return (await request(route, noRole)).status
}

/** Whoever asks for what is not there is answered with an error too, but not with that of somebody who may not. */
export function wasLetIn(answer: Answer, refused: number): boolean {
  return gotThrough(answer) !== undefined || (answer.status >= 400 && answer.status !== refused)
}
