import { UpheldError } from '../../core/errors.ts'
import type { Entry } from '../../guards/identity/index.ts'
import { presentStaff, type Present } from '../../guards/support/index.ts'
import { entrance } from './enter.ts'
import { refuse } from './errors.ts'
import { paths } from './paths.ts'
import { assertFormToken, assertOwnOrigin, formOf, formTokenOf } from './reading.ts'
import type { Answer, Inside, Route, Visit } from './route.ts'

type Page = Exclude<Route, { readonly at: 'program' }>

/** Nothing of a page runs before it is known who asks, that they may, and that a form came from one of our own pages. */
export async function admitted(
  route: Page,
  visit: Visit,
  token: string | undefined,
  entered: (entry: Entry) => void,
): Promise<Answer> {
  if (route.at === 'door') {
    if (route.method === 'GET') return route.answer(visit)
    assertOwnOrigin(visit.request, visit.house.origin)
    return route.answer({ ...visit, fields: await formOf(visit.request) })
  }
  if (token === undefined) return { redirect: toSignIn(visit) }
  const inside = { ...visit, token, formToken: formTokenOf(token) }
  const fields = route.method === 'GET' ? new Map<string, string>() : await sentFields(inside)
  if (route.at === 'inside') {
    await visit.house.identity.session(token)
    return route.answer({ ...inside, fields })
  }
  if (route.at === 'staff') {
    const present = await staffAt(visit, token)
    return 'redirect' in present ? present : route.answer({ ...inside, fields, present })
  }
  const entry = await entrance(visit.house, visit.request)
  if ('redirect' in entry) return entry
  entered(entry)
  assertPermitted(route.permission, entry)
  return route.answer({ ...inside, fields, entry })
}

/** Whoever works for the operator and has no second factor yet is led to one, as everybody whom a rule asks for it. */
async function staffAt({ house, url }: Visit, token: string): Promise<Present | { readonly redirect: `/${string}` }> {
  try {
    return await presentStaff(house.support, await house.identity.session(token))
  } catch (thrown) {
    if (!(thrown instanceof UpheldError) || thrown.code !== 'support.weak_session') throw thrown
    return { redirect: `${paths.secondNeeded}?next=${encodeURIComponent(url.pathname)}` }
  }
}

async function sentFields({ request, house, token }: Inside): Promise<ReadonlyMap<string, string>> {
  assertOwnOrigin(request, house.origin)
  const fields = await formOf(request)
  assertFormToken(fields, token)
  return fields
}

function assertPermitted(
  permission: Extract<Page, { readonly at: 'organization' }>['permission'],
  { set }: Entry,
): void {
  if (permission === 'member' ? set.inPerson : set.may(permission)) return
  throw refuse.not_permitted({ detail: permission })
}

function toSignIn({ request, url }: Visit): `/${string}` {
  return request.method === 'GET'
    ? `${paths.signIn}?next=${encodeURIComponent(`${url.pathname}${url.search}`)}`
    : paths.signIn
}
