import { html } from 'hono/html'
import { UpheldError } from '../../../core/errors.ts'
import type { SignedIn } from '../../../guards/sso/index.ts'
import { currentCookie } from '../current.ts'
import { refuse } from '../errors.ts'
import { called, form } from '../forms.ts'
import { onward, paths } from '../paths.ts'
import type { House } from '../ports.ts'
import type { Answer, Inside, Route, Visit } from '../route.ts'
import { refused, told } from '../told.ts'
import { arrived } from './sign-in.ts'

/** What the browser keeps while it is away, and afterwards until an unknown sign-in is linked. */
const names = { away: 'sso', link: 'sso-link' } as const
/** A minute less than the ticket: what the cookie holds is good. */
const linkSecs = 540
/** How old the provider's own proof may be when a fresh one is asked for. */
const againSecs = 0

/** To the provider. A GET, since no form may lead to another site; a page of somebody else cannot begin it. */
async function depart({ house, request, url, from }: Visit): Promise<Response> {
  const query = url.searchParams
  const headers = new Headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  const site = request.headers.get('sec-fetch-site')
  const organization = query.get('organization') ?? ''
  const door = `${paths.sso}?${new URLSearchParams({ organization }).toString()}`
  if (site !== null && site !== 'same-origin' && site !== 'none') return led(headers, door)
  try {
    const wanted = {
      connectionId: query.get('connection') ?? '',
      returnTo: onward(query.get('next') ?? undefined, house.home),
      ...(query.get('again') === '1' ? { maxAgeSecs: againSecs } : {}),
    }
    const { location, browser } = await house.identity.paced('sso', from, () =>
      house.sso.begin(house.members.organization(organization), wanted),
    )
    headers.append('set-cookie', house.cookies.setOther(names.away, browser.value, browser.lifeSecs))
    return led(headers, location)
  } catch (thrown) {
    if (!(thrown instanceof UpheldError) || thrown.code === 'takeover.slow_down') throw thrown
    return led(headers, `${door}&failed=1`)
  }
}

function led(headers: Headers, location: string): Response {
  headers.set('location', location)
  return new Response(null, { status: 303, headers })
}

/** Back from the provider. A session is for its organization alone; when it says no time, nothing is known to be fresh. */
async function back({ house, request, url, from }: Visit): Promise<Answer> {
  const cookie = house.cookies.readOther(request, names.away)
  let found: SignedIn
  try {
    found = await house.sso.finish({ query: url.search, cookie })
  } catch (thrown) {
    return failed(refused(thrown))
  }
  if (found.outcome === 'unknown') {
    const keep = house.cookies.setOther(names.link, found.ticket, linkSecs)
    return { redirect: paths.ssoUnknown, cookies: [keep] }
  }
  const { personId, methods, organizationId, provenAt = new Date(0) } = found
  try {
    const [way = 'sso'] = methods
    const arrival = await house.identity.arrive({ personId, methods, way, organizationId, provenAt }, from)
    const answer = arrived(house, arrival, found.returnTo)
    const cookies = 'cookies' in answer ? (answer.cookies ?? []) : []
    return {
      ...answer,
      cookies: [...cookies, currentCookie(house, organizationId), house.cookies.setOther(names.away, '', 0)],
    }
  } catch (thrown) {
    return failed(refused(thrown))
  }
}

function failed(error: UpheldError): Answer {
  return {
    title: 'That did not work',
    status: error.status,
    body: html`<h1>Your provider could not sign you in</h1>
      ${told(error)}
      <ul class="ways">
        <li><a href="${paths.sso}">Begin again</a></li>
        <li><a href="${paths.signIn}">Sign in another way</a></li>
      </ul>`,
  }
}

/** Somebody whom the provider knows and nobody here: by an address alone they are made nobody. */
function unknownPage({ house, request }: Visit): Answer {
  if (house.cookies.readOther(request, names.link) === undefined) return { redirect: paths.sso }
  return {
    title: 'Who are you here?',
    body: html`<h1>Your provider knows you. Who are you here?</h1>
      <p>
        Nobody here is linked to that sign-in yet. Sign in once as you did before; then the two are linked, and from
        then on your provider is enough.
      </p>
      <p><a class="button" href="${paths.signIn}?next=${encodeURIComponent(paths.ssoLink)}">Sign in and link</a></p>
      <p>You never signed in here? Then ask somebody of your organization to invite you.</p>`,
  }
}

async function linkPage({ house, token, formToken, request }: Inside, error?: UpheldError): Promise<Answer> {
  if (house.cookies.readOther(request, names.link) === undefined) return { redirect: paths.sso }
  const { name, email } = await house.identity.person(token)
  return {
    title: 'Link your sign-in',
    status: error?.status ?? 200,
    body: html`<h1>Link your sign-in</h1>
      ${told(error)}
      <p>From now on whoever signs in at your provider as you did just now is ${called(name)} (${email}) here.</p>
      ${form({ action: paths.ssoLink, fields: [], submit: 'Link it', formToken })}
      <p><a href="${house.home}">Leave it as it is</a></p>`,
  }
}

async function link({ house, token, request }: Inside): Promise<void> {
  const { personId, provenAt, organizationId } = await house.identity.session(token)
  if (organizationId !== undefined) throw refuse.own_session()
  const ticket = house.cookies.readOther(request, names.link) ?? ''
  await house.sso.link({ ticket, cookie: house.cookies.readOther(request, names.away), personId, provenAt })
}

function endLink(house: House): readonly string[] {
  return [house.cookies.setOther(names.link, '', 0), house.cookies.setOther(names.away, '', 0)]
}

export const ssoBackRoutes: readonly Route[] = [
  {
    at: 'program',
    method: 'GET',
    path: paths.ssoGo,
    example: { query: { organization: 'none', connection: 'none' }, changes: false, apart: true },
    answer: depart,
  },
  {
    at: 'door',
    method: 'GET',
    path: paths.ssoCallback,
    example: { query: { code: 'a', state: 'A'.repeat(43) }, changes: false },
    answer: back,
  },
  { at: 'door', method: 'GET', path: paths.ssoUnknown, answer: unknownPage },
  { at: 'inside', method: 'GET', path: paths.ssoLink, answer: visit => linkPage(visit) },
  {
    at: 'inside',
    method: 'POST',
    path: paths.ssoLink,
    async answer(sent) {
      const { house } = sent
      try {
        await link(sent)
        return { redirect: paths.account, cookies: endLink(house) }
      } catch (thrown) {
        const error = refused(thrown)
        if (error.code === 'identity.no_session') throw error
        if (error.code === 'sso.step_up')
          return { redirect: `${paths.confirm}?next=${encodeURIComponent(paths.ssoLink)}` }
        return linkPage(sent, error)
      }
    },
  },
]
