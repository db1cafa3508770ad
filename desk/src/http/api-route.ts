import { randomUUID } from 'node:crypto'
import type { Organization, People, UpheldError } from 'upheld'
import type { z } from 'zod'
import type { access, Permission } from '../access/permissions.ts'
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
  /** For the key: what is changed through it stands in the activity under its id. */
  readonly organization: Organization
  /** Of a row, the fields that this key may read. */
  readonly pick: (resource: keyof typeof access.resources, row: object) => object
  readonly people: People
  readonly input: I
}

export interface ApiAnswer {
  readonly status?: 200 | 201
  readonly body: object
}

/** The one way into the API: key, permission, input, then the work. */
export function apiRoute<I extends z.ZodType>(route: ApiRoute<I>): Route {
  const { method, path, permission } = route
  const answer = async ({ people, request, caller, url, params }: Visit): Promise<Response> => {
    const given = {
      authorization: request.headers.get('authorization'),
      target: `${url.pathname}${url.search}`,
      address: caller.address,
      request: randomUUID(),
    }
    const key = await people.keys.open(given, permission)
    if (!key.opened) throw key.refusal
    const { organization, set } = key
    const read = route.input.safeParse({ params, query: queryOf(url), body: await jsonOf(request) })
    if (!read.success) return errorJson(refuse.invalid_input(), problemsOf(read.error))
    const pick: ApiCall<unknown>['pick'] = (resource, row) => people.access.pick(resource, set, row)
    const done = await route.answer({ organization, pick, people, input: read.data })
    if (done === undefined) throw refuse.not_found()
    return Response.json(done.body, { status: done.status ?? 200 })
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
