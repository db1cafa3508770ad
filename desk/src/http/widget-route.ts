import { randomUUID } from 'node:crypto'
import { organizationId, type Organization, type OrganizationId } from 'upheld'
import type { z } from 'zod'
import type { Permission } from '../access/permissions.ts'
import { ours, refuse } from '../errors.ts'
import { type ApiAnswer, errorJson } from './api-route.ts'
import { problemsOf } from './inputs.ts'
import { jsonOf, queryOf } from './request.ts'
import type { Route, Visit } from './route.ts'

interface WidgetRoute<I extends z.ZodType> {
  readonly method: 'GET' | 'POST'
  readonly path: `/widget/${string}`
  readonly permission: Permission
  readonly input: I
  /** Undefined means that this visitor has no such thing, whoever else may have it. */
  answer(call: WidgetCall<z.output<I>>): Promise<ApiAnswer | undefined>
}

interface WidgetCall<I> {
  /** For the visitor: what is changed through it stands in the activity under their name. */
  readonly organization: Organization
  /** Of the signed token alone. The owner of what a visitor owns. */
  readonly visitor: string
  readonly input: I
}

/**
 * The one way in for visitors of a customer's own site: token and page, permission, input, then the work. The address may say
 * whose widget it is (`?organization=…`), as that of the tokens does; a token of another organization is refused then.
 */
export function widgetRoute<I extends z.ZodType>(route: WidgetRoute<I>): Route {
  const { method, path, permission } = route
  const work = async ({ people, request, url, params }: Visit): Promise<Response> => {
    if (people.visitors === undefined) throw refuse.not_found()
    const { organization: named, ...query } = queryOf(url)
    const given = {
      authorization: request.headers.get('authorization'),
      origin: request.headers.get('origin'),
      request: randomUUID(),
      ...(named === undefined ? {} : { organization: idIn(named) }),
    }
    const visitor = await people.visitors.verify(given, permission)
    if (visitor.let === 'out') throw visitor.refusal
    const read = route.input.safeParse({ params, query, body: await jsonOf(request) })
    if (!read.success) return errorJson(refuse.invalid_input(), problemsOf(read.error))
    const { organization, id } = visitor
    const done = await route.answer({ organization, visitor: id, input: read.data })
    if (done === undefined) throw refuse.not_found()
    return Response.json(done.body, { status: done.status ?? 200 })
  }
  const answer = async (visit: Visit): Promise<Response> => {
    const given = await work(visit).catch((thrown: unknown) => errorJson(ours(thrown)))
    return readable(given, await pageOf(visit))
  }
  return Object.freeze({ surface: 'widget', method, path, permission, answer })
}

/**
 * What a browser asks before it sends the token from another site: the same is said to everybody, but for the one header that
 * lets a registered page go on.
 */
export function widgetPreflight(path: `/widget/${string}`, method: 'GET' | 'POST'): Route {
  const headers = {
    'access-control-allow-methods': method,
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-max-age': '300',
  }
  const answer = async (visit: Visit): Promise<Response> =>
    readable(new Response(null, { status: 204, headers }), await pageOf(visit))
  return Object.freeze({ surface: 'widget', method: 'OPTIONS', path, permission: 'public', answer })
}

/** The page that asks, where the address says whose widget it is and that organization registered it. */
async function pageOf({ people, request, url }: Visit): Promise<string | undefined> {
  const origin = request.headers.get('origin')
  const named = url.searchParams.get('organization')
  if (origin === null || named === null || !uuid.test(named)) return undefined
  return (await people.origins.has(organizationId(named), origin)) ? origin : undefined
}

/** Its own origin, never `*`: no other page reads what this one is told (Fetch standard, CORS protocol). */
function readable(answer: Response, page: string | undefined): Response {
  answer.headers.append('vary', 'origin')
  if (page !== undefined) answer.headers.set('access-control-allow-origin', page)
  return answer
}

const uuid = /^(?!0{8}-)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function idIn(named: unknown): OrganizationId {
  if (typeof named !== 'string' || !uuid.test(named)) throw refuse.not_found()
  return organizationId(named)
}
