import { UpheldError } from '../../core/errors.ts'
import type { Caller } from '../../core/ports.ts'
import { sessionCookies } from '../../guards/identity/index.ts'
import { html } from 'hono/html'
import { pageHeaders } from '../look/index.ts'
import { accountRoutes } from './account.ts'
import { confirmRoutes } from './confirm.ts'
import { emailRoutes } from './email.ts'
import { refuse } from './errors.ts'
import { factorRoutes } from './factors.ts'
import { forgotRoutes } from './forgot.ts'
import { frame } from './frame.ts'
import { passkeyRoutes } from './passkeys.ts'
import { paths } from './paths.ts'
import type { House, PeoplePagesOptions } from './ports.ts'
import { assertFormToken, assertOwnOrigin, formOf, formTokenOf } from './reading.ts'
import type { Answer, Route, Visit } from './route.ts'
import { passkeyScript } from './script.ts'
import { signInRoutes, told } from './sign-in.ts'
import { signUpRoutes } from './sign-up.ts'

/** Every page that a person meets before an application, and their own account. */
export const peopleRoutes: readonly Route[] = [
  ...signInRoutes,
  ...signUpRoutes,
  ...forgotRoutes,
  ...accountRoutes,
  ...confirmRoutes,
  ...factorRoutes,
  ...emailRoutes,
  ...passkeyRoutes,
]

const deviceSecs = 90 * 86_400

/** Answers what is its own, undefined for every other path. Works without scripts. */
export function peoplePages(
  options: PeoplePagesOptions,
): (request: Request, caller: Caller) => Promise<Response | undefined> {
  const sessionSecs = options.identity.options.absoluteSecs
  const script = passkeyScript()
  const cookies = sessionCookies(options.origin, { sessionSecs, deviceSecs })
  const house: House = Object.freeze({ ...options, cookies, scriptPath: script.path })
  const table = new Map(peopleRoutes.map(route => [`${route.method} ${route.path}`, route]))
  const known = new Set<string>(peopleRoutes.map(route => route.path))
  return async (request, { address }) => {
    const url = new URL(request.url)
    if (url.pathname === script.path && request.method === 'GET') return script.answer()
    if (!known.has(url.pathname)) return undefined
    const [session, device] = [house.cookies.read(request), house.cookies.readDevice(request)]
    const from = {
      address,
      signal: request.signal,
      agent: (request.headers.get('user-agent') ?? '').slice(0, 500),
      ...(device === undefined ? {} : { device }),
      ...(session === undefined ? {} : { session }),
    }
    const visit: Visit = { house, request, url, from }
    const route = table.get(`${request.method === 'HEAD' ? 'GET' : request.method} ${url.pathname}`)
    try {
      if (route === undefined) throw refuse.method()
      return await respond(house, await answered(route, visit, session), session)
    } catch (thrown) {
      return refusal(visit, thrown, session)
    }
  }
}

async function answered(route: Route, visit: Visit, token: string | undefined): Promise<Answer> {
  if (route.at === 'door') {
    if (route.method === 'GET') return route.answer(visit)
    assertOwnOrigin(visit.request, visit.house.origin)
    return route.answer({ ...visit, fields: await formOf(visit.request) })
  }
  // Whether the token is of any worth is asked by what is done with it.
  if (token === undefined) return { redirect: toSignIn(visit) }
  const inside = { ...visit, token, formToken: formTokenOf(token) }
  if (route.method === 'GET') return route.answer(inside)
  assertOwnOrigin(visit.request, visit.house.origin)
  const fields = await formOf(visit.request)
  assertFormToken(fields, token)
  return route.answer({ ...inside, fields })
}

function toSignIn({ request, url }: Visit): `/${string}` {
  return request.method === 'GET' ? `${paths.signIn}?next=${encodeURIComponent(url.pathname)}` : paths.signIn
}

async function respond(house: House, answer: Answer, session: string | undefined): Promise<Response> {
  const headers = new Headers({ ...pageHeaders({ forms: 'self', scripts: 'self' }), 'cache-control': 'no-store' })
  for (const cookie of answer.cookies ?? []) headers.append('set-cookie', cookie)
  if ('redirect' in answer) {
    headers.set('location', answer.redirect)
    return new Response(null, { status: 303, headers })
  }
  if ('json' in answer) {
    headers.set('content-type', 'application/json')
    return new Response(JSON.stringify(answer.json), { headers })
  }
  headers.set('content-type', 'text/html; charset=utf-8')
  const { title, body, status = 200, retryAfterMs } = answer
  if (retryAfterMs !== undefined) headers.set('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))))
  const formToken = session === undefined ? undefined : formTokenOf(session)
  const page = await frame(house, { title, body, formToken })
  return new Response(page.toString(), { status, headers })
}

/** What is refused leads on where it can: to the sign-in, or to a fresh proof. */
async function refusal(visit: Visit, thrown: unknown, session: string | undefined): Promise<Response> {
  if (!(thrown instanceof UpheldError) || (thrown.status >= 500 && thrown.retryAfterMs === undefined)) throw thrown
  const { house } = visit
  if (thrown.code === 'identity.no_session')
    return respond(house, { redirect: toSignIn(visit), cookies: [house.cookies.end()] }, undefined)
  if (thrown.code === 'identity.prove_again') {
    const back = visit.request.method === 'GET' ? visit.url.pathname : paths.account
    return respond(house, { redirect: `${paths.confirm}?next=${encodeURIComponent(back)}` }, session)
  }
  const body = html`<h1>That did not work</h1>
    ${told(thrown)}
    <p><a href="${session === undefined ? paths.signIn : paths.account}">Go on</a></p>`
  const { status, retryAfterMs } = thrown
  return respond(house, { title: 'That did not work', body, status, retryAfterMs }, session)
}
