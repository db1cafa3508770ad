import { z } from 'zod'
import type { DeclaredRoute, Example } from '../../routes.ts'
import { refuse } from './errors.ts'

// What a service hands out for one run. It comes from somebody who may mean harm: everything is bounded and checked.

const idText = z.string().min(1).max(300)
const headerName = z.string().regex(/^[a-z][a-z0-9-]{0,60}$/)
/** They would say where a request ends, or to whom it goes: that is not for a service to choose. */
const forbidden = /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|proxy-.*)$/
const headers = z.record(
  headerName.refine(name => !forbidden.test(name)),
  z
    .string()
    .max(4_000)
    .regex(/^[\x20-\x7e]*$/),
)
const fewerThan = (count: number) =>
  [(found: object) => Object.keys(found).length <= count, `at most ${count}`] as const

const example: z.ZodType<Example> = z.lazy(() =>
  z.union([
    z.string().max(4_000),
    z.number(),
    z.boolean(),
    z.null(),
    z.array(example).max(50),
    z.record(z.string().max(100), example),
  ]),
)
const examples = z.record(z.string().min(1).max(100), example).refine(...fewerThan(50))

const route: z.ZodType<DeclaredRoute> = z.strictObject({
  method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']),
  // One slash, and no second one: what follows is never a host.
  path: z
    .string()
    .max(300)
    .regex(/^\/(?![/\\])[\w\-./:~@!$&'()*+,;=%]*$/),
  roles: z.union([z.literal('public'), z.array(z.string().min(1).max(60)).max(40)]),
  params: examples.exactOptional(),
  query: examples.exactOptional(),
  headers: z
    .record(
      headerName.refine(name => !forbidden.test(name)),
      example,
    )
    .refine(...fewerThan(20))
    .exactOptional(),
  cookies: examples.exactOptional(),
  json: example.exactOptional(),
  form: examples.exactOptional(),
  files: z
    .record(
      z.string().max(100),
      z.strictObject({
        fileName: z.string().max(200),
        contentType: z.string().max(100),
        text: z.string().max(10_000),
      }),
    )
    .exactOptional(),
  honest: z.literal(false).exactOptional(),
  changes: z.literal(false).exactOptional(),
})

const side = z.strictObject({
  organization: z.uuid(),
  mark: z.string().regex(/^canary[0-9a-f]{12}$/),
  ids: z.record(z.string().max(100), idText).refine(...fewerThan(200)),
  roles: z
    .record(
      z.string().min(1).max(60),
      z.strictObject({ headers, fields: z.record(z.string().max(100), z.string().max(4_000)).exactOptional() }),
    )
    .refine(...fewerThan(40)),
})

const grant = z.strictObject({
  type: z.literal('upheld/outsiders-grant@v1'),
  id: z.uuid(),
  token: z.string().regex(/^[\w-]{43}$/),
  contract: z.string(),
  expires_at: z.iso.datetime(),
  sign_out: z
    .string()
    .regex(/^\/(?![/\\])[\w\-./]*$/)
    .max(300),
  routes: z.array(route).min(1).max(500),
  a: side,
  b: side,
})

const renewal = z.strictObject({ type: z.literal('upheld/outsiders-renewal@v1'), a: side })
const state = z.strictObject({
  type: z.literal('upheld/outsiders-state@v1'),
  a: z.string().max(100),
  b: z.string().max(100),
})

export type Grant = Readonly<z.infer<typeof grant>>
export type GrantedSide = Readonly<z.infer<typeof side>>

/** @throws outsiders.bad_answer naming the place and quoting nothing */
function checked<T>(schema: z.ZodType<T>, body: string, what: string): T {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch (cause) {
    throw refuse.bad_answer({ detail: `The ${what} is not JSON.`, cause })
  }
  const read = schema.safeParse(json)
  if (read.success) return read.data
  const at = (read.error.issues[0]?.path ?? []).map(String).join('.').slice(0, 80)
  throw refuse.bad_answer({ detail: `The ${what} is not as expected at "${at.replaceAll(/[^\w.-]/g, '?')}".` })
}

export const readGrant = (body: string): Grant => checked(grant, body, 'grant')
export const readRenewal = (body: string): GrantedSide => checked(renewal, body, 'renewal').a
export const readState = (body: string): { readonly a: string; readonly b: string } => checked(state, body, 'state')
