import { UpheldError } from '../../core/errors.ts'
import type { Entrance, Errand } from '../../guards/identity/index.ts'
import { current } from './current.ts'
import { paths } from './paths.ts'
import type { Entered, House } from './ports.ts'
import { formTokenOf } from './reading.ts'
import { enterAsSupport } from './staff/visiting.ts'

/** Where somebody has to go first. */
interface Led {
  readonly redirect: `/${string}`
  readonly cookies?: readonly string[]
}

/**
 * Lets a request of a browser into the organization that it is in, for one request. Whoever is not signed in, is in no
 * organization, or has to prove more is led there.
 */
export async function entrance(
  house: House,
  request: Request,
  errand?: Errand,
): Promise<(Entrance & { readonly needs: 'nothing' }) | Led> {
  const token = house.cookies.read(request)
  const next = onwardFrom(request)
  if (token === undefined) return { redirect: `${paths.signIn}${next}` }
  const organization = current(house, request)
  if (organization === undefined) return { redirect: `${paths.organizations}${next}` }
  try {
    const entered = await house.identity.enter(token, organization, errand)
    if (entered.needs === 'nothing') return entered
    return entered.needs === 'second-factor'
      ? { redirect: `${paths.secondNeeded}${next}` }
      : { redirect: `${paths.signIn}${next}`, cookies: [house.cookies.end()] }
  } catch (thrown) {
    const code = thrown instanceof UpheldError ? thrown.code : ''
    if (code === 'identity.no_session') return { redirect: `${paths.signIn}${next}`, cookies: [house.cookies.end()] }
    if (code === 'identity.no_organization') return { redirect: `${paths.organizations}${next}` }
    throw thrown
  }
}

/**
 * The same for a page of the application: who is there, what they may do, and the rows that they may do it with. Somebody of
 * the operator is no member anywhere, and comes in by a grant alone: see staff/visiting.ts. It is asked only of whom no
 * organization lets in as a member.
 */
export async function enter(house: House, request: Request, errand?: Errand): Promise<Entered | Led> {
  const found = await entrance(house, request, errand)
  if ('redirect' in found) {
    const outside = found.redirect.startsWith(paths.organizations)
    return (outside ? await enterAsSupport(house, request) : undefined) ?? found
  }
  const { entry, purpose = 'application' } = { entry: found, ...errand }
  const actor = {
    type: 'member',
    id: entry.memberId,
    purpose,
    ...(errand?.request === undefined ? {} : { request: errand.request }),
  } as const
  const permissions = house.access
  return Object.freeze({
    organization: house.application.organization(entry.organizationId).as(actor),
    organizationName: entry.organizationName,
    id: entry.memberId,
    name: entry.person.name,
    roles: entry.set.roles,
    formToken: formTokenOf(house.cookies.read(request) ?? ''),
    may: (permission: string) => permissions.isPermission(permission) && entry.set.may(permission),
  })
}

/** Only what was looked at is gone back to: a form that was sent is not sent again. */
function onwardFrom(request: Request): string {
  const { pathname, search } = new URL(request.url)
  return request.method === 'GET' ? `?next=${encodeURIComponent(`${pathname}${search}`)}` : ''
}
