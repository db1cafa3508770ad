import { UpheldError } from '../../core/errors.ts'
import type { Caller } from '../../core/ports.ts'
import { isUnreachable } from '../../proof/claims/index.ts'
import { pageHeaders } from '../look/index.ts'
import { formOf, type Colleague } from '../people/index.ts'
import { html } from 'hono/html'
import { refuse } from './errors.ts'
import { firstOperator } from './first.ts'
import { frame, told } from './frame.ts'
import { paths, root } from './paths.ts'
import type { Answer, ConsoleOptions, House } from './ports.ts'
import { findRoute } from './routes.ts'
import { liveScript } from './script.ts'
import { openStreams } from './streams.ts'

/**
 * The operator's view of the proof, for people of the operator who have proven more than one factor, and for nobody else.
 * Answers what lies under /console, undefined for every other path. It shows no row of a customer.
 */
export function consoleSurface(
  options: ConsoleOptions,
): (request: Request, caller: Caller) => Promise<Response | undefined> {
  const house: House = Object.freeze({ ...options, script: liveScript(), streams: openStreams() })
  return async (request, caller) => {
    const url = new URL(request.url)
    const { pathname } = url
    if (pathname !== root && !pathname.startsWith(`${root}/`)) return undefined
    const place: Place = { pathname, formToken: undefined }
    try {
      if (pathname === paths.first) return await respond(house, await firstOperator(house, request, caller), place)
      const colleague = await house.people.site.staff(request)
      if (colleague instanceof Response) return colleague
      place.formToken = colleague.formToken
      return await respond(house, await answerTo(house, request, url, colleague), place)
    } catch (thrown) {
      return respond(house, refusedAnswer(house, thrown), place)
    }
  }
}

/** Where somebody is, and whether they are known. */
interface Place {
  readonly pathname: string
  formToken: string | undefined
}

async function answerTo(house: House, request: Request, url: URL, colleague: Colleague): Promise<Answer> {
  if (url.pathname === house.script.path && request.method === 'GET') return house.script.answer()
  const found = findRoute(request.method, url.pathname)
  if (found === undefined) throw refuse.not_found()
  if (found.route === undefined) throw refuse.method()
  const visit = { house, request, url, colleague, params: found.params }
  if (found.route.method === 'GET') return found.route.answer(visit)
  const fields = await formOf(request)
  house.people.site.assertForm(request, fields)
  return found.route.answer({ ...visit, fields })
}

/** Whoever is no staff learns nothing: what they asked for is as absent as anything else. */
function refusedAnswer({ onFailure }: House, thrown: unknown): Answer {
  if (isUnreachable(thrown)) return refusal(refuse.away())
  if (!(thrown instanceof UpheldError) || thrown.status >= 500) {
    onFailure(thrown)
    throw thrown
  }
  return refusal(thrown.code === 'support.not_staff' ? refuse.not_found() : thrown)
}

function refusal(error: UpheldError): Answer {
  const title = error.status === 404 ? 'There is nothing here' : 'That did not work'
  return {
    title,
    status: error.status,
    body: html`<h1>${title}</h1>
      ${told(error)}`,
  }
}

async function respond(house: House, answer: Answer, { pathname, formToken }: Readonly<Place>): Promise<Response> {
  const headers = new Headers({ ...pageHeaders({ forms: 'self', scripts: 'self' }), 'cache-control': 'no-store' })
  if (answer instanceof Response) {
    for (const [name, value] of headers) if (!answer.headers.has(name)) answer.headers.set(name, value)
    return answer
  }
  if ('redirect' in answer) {
    headers.set('location', answer.redirect)
    return new Response(null, { status: 303, headers })
  }
  headers.set('content-type', 'text/html; charset=utf-8')
  const { title, body, status = 200 } = answer
  const page = await frame(house, { title, body, formToken, pathname })
  return new Response(page.toString(), { status, headers })
}
