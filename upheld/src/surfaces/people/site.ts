import { UpheldError } from '../../core/errors.ts'
import type { Caller } from '../../core/ports.ts'
import { byName } from '../../core/web.ts'
import { sessionCookies, type Arrived, type Entry, type Errand, type From } from '../../guards/identity/index.ts'
import type { DeclaredRoute } from '../../routes.ts'
import { pageHeaders, type Markup } from '../look/index.ts'
import { admitted } from './admit.ts'
import { enter } from './enter.ts'
import { refuse } from './errors.ts'
import { finder } from './find.ts'
import { arrived } from './door/sign-in.ts'
import { frame, type Within } from './frame.ts'
import { passkeyScript } from './passkeys/script.ts'
import { paths } from './paths.ts'
import { visitPace } from './programs/pace.ts'
import type { Entered, House, PeopleSiteOptions } from './ports.ts'
import { assertFormToken, assertOwnOrigin, formTokenOf, type Fields } from './reading.ts'
import type { Answer, Visit } from './route.ts'
import { declaredRoutes, mountedRoutes } from './routes.ts'
import { colleagueOf, type Colleague } from './staff/colleague.ts'
import { supportBanner } from './support/banner.ts'
import { refusedPage } from './told.ts'

const deviceSecs = 90 * 86_400

/** The pages for people, and the way from them into the application. */
export interface PeopleSite {
  /** Answers what is its own, undefined for every other path. Works without scripts, but for passkeys. */
  readonly fetch: (request: Request, caller: Caller) => Promise<Response | undefined>
  /** For a page of the application: who asks, or the answer that leads them where they have to go first. */
  enter(request: Request, errand?: Errand): Promise<Entered | Response>
  /**
   * For a form of the application: that it comes from a page of this session.
   * @throws pages.foreign_form
   */
  assertForm(request: Request, fields: Fields): void
  /**
   * For a page of the operator: who of its people asks, with more than one factor proven, or the answer that leads them
   * where they have to go first.
   * @throws support.not_staff
   */
  staff(request: Request): Promise<Colleague | Response>
  /**
   * For a way in that is not one of ours: signs in whoever `work` let in, and leads them on.
   * @throws pages.foreign_form, and what `work` throws
   */
  begin(request: Request, caller: Caller, next: string, work: (from: From) => Promise<Arrived>): Promise<Response>
  /** For the top of every page of the application: that staff is let in, and how to end it; nothing when nobody is. */
  banner(entered: Entered): Promise<Markup | ''>
  /** To be attacked beside those of the application. */
  readonly routes: readonly DeclaredRoute[]
}

export function peopleSite(options: PeopleSiteOptions): PeopleSite {
  const sessionSecs = options.identity.options.absoluteSecs
  const script = passkeyScript()
  const cookies = sessionCookies(options.origin, { sessionSecs, deviceSecs })
  const house: House = Object.freeze({
    ...options,
    cookies,
    scriptPath: script.path,
    banner: supportBanner(options),
    paceVisit: visitPace(options.clock),
  })
  const find = finder(mountedRoutes(options))
  return Object.freeze({
    async fetch(request: Request, { address }: Caller) {
      const url = new URL(request.url)
      if (url.pathname === script.path && request.method === 'GET') return script.answer()
      const found = find(request.method, url.pathname)
      // What is no resource, or takes another method, is said to a directory as everything else is: in SCIM.
      const scimAlone = found?.route === undefined && isBelow(url.pathname, paths.scim)
      if (scimAlone) return house.scim.handle(request)
      if (found === undefined) return undefined
      const named = byName(url.origin)
      // Typed as numbers it is another site for a browser: its forms would be refused, and passkeys are none of its.
      const forBrowsers = request.method === 'GET' && found.route?.at !== 'program'
      if (forBrowsers && url.origin !== house.origin && named === house.origin)
        return elsewhere(`${named}${url.pathname}${url.search}`)
      const session = house.cookies.read(request)
      const from = fromOf(house, request, address)
      const visit: Visit = { house, request, url, from, params: found.params }
      const { route } = found
      const place: Place = { session, within: undefined }
      try {
        if (route === undefined) throw refuse.method()
        if (route.at === 'program') return await route.answer(visit)
        const entered = (entry: Entry): void => {
          place.within = { entry, pathname: url.pathname }
        }
        return await respond(house, await admitted(route, visit, session, entered), place)
      } catch (thrown) {
        return refusal(visit, thrown, place)
      }
    },
    async enter(request: Request, errand?: Errand) {
      const found = await enter(house, request, errand)
      return 'redirect' in found ? respond(house, found, nowhere) : found
    },
    async staff(request: Request) {
      const found = await colleagueOf(house, request)
      return 'redirect' in found ? respond(house, found, nowhere) : found
    },
    async begin(request: Request, { address }: Caller, next: string, work: (from: From) => Promise<Arrived>) {
      assertOwnOrigin(request, house.origin)
      return respond(house, arrived(house, await work(fromOf(house, request, address)), next), nowhere)
    },
    assertForm(request: Request, fields: Fields) {
      assertOwnOrigin(request, house.origin)
      assertFormToken(fields, house.cookies.read(request) ?? '')
    },
    banner: (entered: Entered) => house.banner(entered),
    routes: Object.freeze(declaredRoutes(options)),
  })
}

/** Who asks to be let in, as their browser and their connection show them. */
function fromOf({ cookies }: House, request: Request, address: string): From & { readonly agent: string } {
  const [session, device] = [cookies.read(request), cookies.readDevice(request)]
  return {
    address,
    signal: request.signal,
    agent: (request.headers.get('user-agent') ?? '').slice(0, 500),
    ...(device === undefined ? {} : { device }),
    ...(session === undefined ? {} : { session }),
  }
}

function isBelow(pathname: string, root: string): boolean {
  return pathname === root || pathname.startsWith(`${root}/`)
}

/** Where somebody is, as far as it is known: signed in or not, and in which organization. */
interface Place {
  readonly session: string | undefined
  within: Within | undefined
}

const nowhere: Readonly<Place> = Object.freeze({ session: undefined, within: undefined })

function elsewhere(location: string): Response {
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } })
}

async function respond(house: House, answer: Answer, { session, within }: Readonly<Place>): Promise<Response> {
  const headers = new Headers({ ...pageHeaders({ forms: 'self', scripts: 'self' }), 'cache-control': 'no-store' })
  if ('download' in answer) {
    const { name, media, text } = answer.download
    headers.set('content-type', media)
    headers.set('content-disposition', `attachment; filename="${name}"`)
    return new Response(text, { headers })
  }
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
  const banner = within === undefined || formToken === undefined ? '' : await house.banner(asEntered(within, formToken))
  const page = await frame(house, { title, body, banner, formToken, within })
  return new Response(page.toString(), { status, headers })
}

function asEntered({ entry }: Within, formToken: string): Parameters<House['banner']>[0] {
  const { organization, organizationName, set } = entry
  return { organization, organizationName, formToken, may: permission => set.list().some(one => one === permission) }
}

/** What is refused leads on where it can: to the sign-in, or to a fresh proof. */
async function refusal(visit: Visit, thrown: unknown, place: Readonly<Place>): Promise<Response> {
  if (!(thrown instanceof UpheldError) || (thrown.status >= 500 && thrown.retryAfterMs === undefined)) throw thrown
  const { house, request, url } = visit
  const here = request.method === 'GET' ? `${url.pathname}${url.search}` : undefined
  if (thrown.code === 'identity.no_session') {
    const next = here === undefined ? '' : `?next=${encodeURIComponent(here)}`
    // Of a form that was sent twice, or in two tabs, the browser may hold the token that the other one was answered with.
    const cookies = here === undefined ? [] : [house.cookies.end()]
    return respond(house, { redirect: `${paths.signIn}${next}`, cookies }, nowhere)
  }
  if (thrown.code === 'identity.prove_again') {
    const back = here ?? backTo(request, house) ?? paths.account
    return respond(house, { redirect: `${paths.confirm}?next=${encodeURIComponent(back)}` }, place)
  }
  return respond(house, refusedPage(house, thrown, place.session !== undefined), place)
}

/** The page that a form was sent from, where the browser says so: to be shown again after a fresh proof. */
function backTo(request: Request, { origin }: House): string | undefined {
  const referer = request.headers.get('referer') ?? ''
  if (!URL.canParse(referer)) return undefined
  const url = new URL(referer)
  return url.origin === origin ? `${url.pathname}${url.search}` : undefined
}
