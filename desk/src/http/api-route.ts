import type { Organization, UpheldError } from 'upheld'
import type { z } from 'zod'
import { openKey } from '../access/api-keys.ts'
import { may, type Permission, type Principal } from '../access/permissions.ts'
import { refuse } from '../errors.ts'
import { problemsOf } from './inputs.ts'
import { jsonOf, queryOf } from './request.ts'
import type { Route, Visit } from './route.ts'

interface ApiRoute<I extends z.ZodType> {
  readonly method: Route['method']
  readonly path: `/api/v1/${string}`
  readonly permission: Permission
  readonly input: I
  /** Undefined means that there is no such thing here, whether it never was or is somebody else's. */
  answer(call: ApiCall<z.output<I>>): Promise<ApiAnswer | undefined>
}

interface ApiCall<I> {
  readonly organization: Organization
  readonly principal: Principal
  readonly input: I
}

interface ApiAnswer {
  readonly status?: 200 | 201
  readonly body: object
}

/** The one way into the API: key, permission, input, then the work. */
export function apiRoute<I extends z.ZodType>(route: ApiRoute<I>): Route {
  const { method, path, permission } = route
  const answer = async ({ upheld, request, url, params }: Visit): Promise<Response> => {
    const { organization, principal } = await openKey(upheld, request.headers.get('authorization'))
    if (!may(principal, permission)) throw refuse.not_permitted({ detail: permission })
    const read = route.input.safeParse({ params, query: queryOf(url), body: await jsonOf(request) })
    if (!read.success) return errorJson(refuse.invalid_input(), problemsOf(read.error))
    const given = await route.answer({ organization, principal, input: read.data })
    if (given === undefined) throw refuse.not_found()
    return Response.json(given.body, { status: given.status ?? 200 })
  }
  return Object.freeze({ surface: 'api', method, path, permission, answer })
}

/** `{ error: { code, message, problems? } }`: the code keeps its meaning, the message is for a person. */
export function errorJson(error: UpheldError, problems?: readonly object[]): Response {
  const { code, publicMessage: message, status } = error
  const response = Response.json({ error: { code, message, ...(problems && { problems }) } }, { status })
  if (status === 401) response.headers.set('www-authenticate', 'Bearer')
  return response
}
