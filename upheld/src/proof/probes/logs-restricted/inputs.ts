import type { Credentials, DeclaredRoute, Furnishing } from '../../../routes.ts'
import { draftOf, nameOf, written, writes, type Draft } from '../isolation-routes/draft.ts'
import type { Asked } from '../isolation-routes/wire.ts'
import type { Secrets } from './secrets.ts'

/** Plants a secret for one place of one route. */
type Plant = (at: string) => string

const encodings: readonly (readonly [name: string, encode: (text: string) => string])[] = [
  ['base64', text => Buffer.from(text).toString('base64')],
  ['hex', text => Buffer.from(text).toString('hex')],
  ['percent signs', text => [...Buffer.from(text)].map(byte => `%${byte.toString(16)}`).join('')],
]

/** Headers in which people send what nobody else may know, and those that servers like to write down. */
const headerNames = ['authorization', 'x-api-key', 'user-agent', 'referer', 'x-forwarded-for', 'x-request-id', 'accept']

/**
 * Requests that carry a secret in every place of a route: as somebody who is unknown, and as a member, whose request
 * gets further; honest ones, wrong ones, and such as no parser takes.
 */
export function requestsOf(route: DeclaredRoute, own: Furnishing, secrets: Secrets, origin: string): readonly Asked[] {
  const name = nameOf(route)
  const plant: Plant = at => secrets.plant(`${name}: ${at}`)
  const credentials = credentialsFor(route, own)
  const honest = draftOf(route, own)
  const as = (draft: Draft): Asked => written(draft, credentials, origin)
  const stranger = written(strange(route, own, plant), undefined, origin)
  const asked = [
    stranger,
    as({
      ...honest,
      query: [...honest.query, ['t', plant('a query that nobody declared')]],
      headers: headersWith(plant),
    }),
    as({ ...honest, query: queryWith(route, plant) }),
    ...encodings.map(([encoding, encode]) =>
      as({ ...honest, query: [...honest.query, ['t', encode(plant(`a query in ${encoding}`))]] }),
    ),
  ]
  if (!writes(route)) return asked
  return [...asked, ...bodies(honest, plant, at => secrets.plantNumber(`${name}: ${at}`)).map(as)]
}

/** Nobody that the application knows, with a secret wherever a request has a place for one. */
function strange(route: DeclaredRoute, own: Furnishing, plant: Plant): Draft {
  const cookies = [...new Set(['session', ...cookieNames(own), ...Object.keys(route.cookies ?? {})])]
  const path = route.path.replaceAll(/:(\w+)/g, (_, param: string) => plant(`path ${param}`))
  return {
    method: route.method,
    path: path === route.path ? `${path === '/' ? '' : path}/${plant('a longer path')}` : path,
    query: queryWith(route, plant),
    headers: { ...headersWith(plant), authorization: `Bearer ${plant('authorization')}` },
    cookies: Object.fromEntries(cookies.map(cookie => [cookie, plant(`cookie ${cookie}`)])),
    ...(writes(route) ? { json: { password: plant('a body of a stranger') } } : {}),
  }
}

/** Bodies of every kind: as declared, in escapes, cut off, with a zero byte, of a wrong type, in parts. */
function bodies(honest: Draft, plant: Plant, plantNumber: (at: string) => number): readonly Draft[] {
  const { json, form } = honest
  const filled = (how: string, change: (text: string) => string = text => text): Draft => ({
    ...honest,
    ...(json === undefined ? {} : { json: replaced(json, 'body', at => change(plant(`${at}${how}`)), plantNumber) }),
    ...(form === undefined ? {} : { form: form.map(([field]) => [field, change(plant(`body ${field}${how}`))]) }),
  })
  const raw = (type: string, text: string): Draft => ({ method, path, query, headers, cookies, raw: { type, text } })
  const { method, path, query, headers, cookies } = honest
  const escaped = [...Buffer.from(plant('a body in JSON escapes'))].map(byte => `\\u00${byte.toString(16)}`).join('')
  const boundary = '-----------------------------upheld'
  const parts = [
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${plant('the name of a file')}"\r\n`,
    `Content-Type: text/plain\r\n\r\n${plant('a file')}\r\n--${boundary}--\r\n`,
  ]
  return [
    filled(''),
    filled(', with a zero byte', text => `${text}\u0000`),
    raw('application/json', `{"name":"${escaped}","body":"${escaped}"}`),
    raw('application/json', `{"name":"${plant('a body that is cut off')}","pass`),
    raw('application/json', JSON.stringify([plant('a list in place of an object'), plantNumber('a number in a list')])),
    raw('application/x-www-form-urlencoded', `a=%zz&password=${plant('a form that is written wrong')}`),
    raw(`multipart/form-data; boundary=${boundary}`, parts.join('')),
    raw('text/plain', `password=${plant('a body of another type')}`),
  ]
}

function replaced(value: unknown, at: string, text: Plant, number: (at: string) => number): unknown {
  if (typeof value === 'string') return text(at)
  if (typeof value === 'number') return number(at)
  if (Array.isArray(value)) return value.map((one: unknown, index) => replaced(one, `${at}.${index}`, text, number))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, replaced(one, `${at}.${name}`, text, number)]),
  )
}

function queryWith({ query, paging }: DeclaredRoute, plant: Plant): readonly (readonly [string, string])[] {
  const names = [...Object.keys(query ?? {}), ...(paging === undefined ? [] : [paging.cursor]), 'token']
  return names.map(name => [name, plant(`query ${name}`)])
}

function headersWith(plant: Plant): Record<string, string> {
  return Object.fromEntries(headerNames.slice(1).map(name => [name, plant(`header ${name}`)]))
}

/** Names only: what stands behind them is the probe's own way in. */
function cookieNames({ roles }: Furnishing): readonly string[] {
  return Object.values(roles).flatMap(({ headers }) =>
    (headers['cookie'] ?? '').split(';').flatMap(pair => /^\s*([\w-]+)=/.exec(pair)?.[1] ?? []),
  )
}

function credentialsFor({ roles }: DeclaredRoute, own: Furnishing): Credentials | undefined {
  const [role = Object.keys(own.roles)[0] ?? ''] = roles === 'public' ? [] : roles
  return own.roles[role]
}

/**
 * Routes in the order in which they are asked: first one of each kind, so that what is badly broken shows at once; last
 * what names nothing and changes something, such as the end of a session.
 */
export function inOrder(routes: readonly DeclaredRoute[]): {
  readonly first: readonly DeclaredRoute[]
  readonly rest: readonly DeclaredRoute[]
} {
  const sizeOf = (one: DeclaredRoute['json']): number =>
    typeof one === 'object' && one !== null ? Object.keys(one).length : 0
  const names = ({ params, json, form }: DeclaredRoute): number => sizeOf(params) + sizeOf(json) + sizeOf(form)
  const last = (route: DeclaredRoute): boolean => writes(route) && names(route) === 0
  const kinds: readonly ((route: DeclaredRoute) => boolean)[] = [
    route => route.json !== undefined && names(route) > 0,
    route => route.form !== undefined && names(route) > 0,
    route => route.params !== undefined,
    route => route.roles !== 'public' && !writes(route),
  ]
  const first = [...new Set(kinds.flatMap(fits => routes.find(fits) ?? []))]
  const others = routes.filter(route => !first.includes(route))
  return { first, rest: [...others.filter(route => !last(route)), ...others.filter(last)] }
}
