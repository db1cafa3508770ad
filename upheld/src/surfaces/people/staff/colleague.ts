import { UpheldError } from '../../../core/errors.ts'
import { presentStaff, type Present } from '../../../guards/support/index.ts'
import { paths } from '../paths.ts'
import type { House } from '../ports.ts'
import { formTokenOf } from '../reading.ts'

/** Somebody of the operator on a page that is not one of ours, who has proven more than one factor. */
export interface Colleague {
  readonly present: Present
  /** Goes into every form of this session as `form_token`. */
  readonly formToken: string
}

interface Led {
  readonly redirect: `/${string}`
  readonly cookies?: readonly string[]
}

/** Asked anew for each request: whoever signed out, or works for the operator no more, is out. @throws support.not_staff */
export async function colleagueOf(house: House, request: Request): Promise<Colleague | Led> {
  const { pathname, search } = new URL(request.url)
  const next = request.method === 'GET' ? `?next=${encodeURIComponent(`${pathname}${search}`)}` : ''
  const token = house.cookies.read(request)
  if (token === undefined) return { redirect: `${paths.signIn}${next}` }
  const session = await house.identity.verify(token)
  if (session === undefined) return { redirect: `${paths.signIn}${next}`, cookies: [house.cookies.end()] }
  try {
    return Object.freeze({ present: await presentStaff(house.support, session), formToken: formTokenOf(token) })
  } catch (thrown) {
    if (!(thrown instanceof UpheldError) || thrown.code !== 'support.weak_session') throw thrown
    return { redirect: `${paths.secondNeeded}?next=${encodeURIComponent(pathname)}` }
  }
}
