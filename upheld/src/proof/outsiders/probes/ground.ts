import type { Credentials, DeclaredRoute } from '../../../routes.ts'
import { cannotProbe, type Report } from '../../claims/index.ts'
import { draftOf, nameOf, writes, written, type Answer } from '../../probes/index.ts'
import type { GrantedSide } from '../grant.ts'
import type { ServiceLine } from '../line.ts'
import type { Handed } from '../service.ts'

/** What every probe of an outsider works with. */
export interface Ground {
  readonly line: ServiceLine
  readonly handed: Handed
  readonly report: Report
}

/** A route that shows whether somebody is let in: open to this role, read only. */
export function showing({ handed: { grant } }: Ground, role: string): DeclaredRoute {
  const found = grant.routes.find(
    route => !writes(route) && route.honest !== false && route.roles !== 'public' && route.roles.includes(role),
  )
  if (found === undefined) throw cannotProbe(`No route shows anything to the role ${plainName(role)}.`)
  return found
}

export function plainName(role: string): string {
  return role.replaceAll(/[^\w -]/g, '?').slice(0, 40)
}

/** An honest request on this side's own things, but for who it says that it comes from. */
export async function asked(
  { line }: Ground,
  route: DeclaredRoute,
  own: GrantedSide,
  credentials: Credentials | undefined,
): Promise<Answer> {
  const answer = await line.ask(written(draftOf(route, own), credentials, line.origin))
  if (answer.status === 429 || answer.status >= 500)
    throw cannotProbe(`${nameOf(route)} turned the probe away with ${answer.status}.`)
  return answer
}

/** Positive and negative control: whoever may is let in, and nobody is not. */
export async function mustTell(
  ground: Ground,
  route: DeclaredRoute,
  own: GrantedSide,
  credentials: Credentials,
): Promise<void> {
  const { status } = await asked(ground, route, own, credentials)
  if (status >= 300) throw cannotProbe(`${nameOf(route)} answers an honest request with ${status}.`)
  const stranger = await asked(ground, route, own, undefined)
  if (stranger.status < 300)
    ground.report.refute({ attack: 'nobody signed in', where: nameOf(route), saw: `status ${stranger.status}` })
}
