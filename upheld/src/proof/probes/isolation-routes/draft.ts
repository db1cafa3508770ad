import { randomBytes } from 'node:crypto'
import type { Credentials, DeclaredRoute, Example, ExampleFile, Furnishing } from '../../../routes.ts'
import type { Asked } from './wire.ts'

/** Requests as they are thought of, before they are written down: an attack changes one, and credentials are added last. */

type Pair = readonly [name: string, value: string]

export interface Draft {
  readonly method: string
  readonly path: string
  readonly query: readonly Pair[]
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly form?: readonly Pair[]
  readonly files?: Readonly<Record<string, ExampleFile>>
  /** A body that no writer of JSON or forms would make. */
  readonly raw?: { readonly type: string; readonly text: string }
}

export type Within = 'path' | 'query' | 'header' | 'cookie' | 'body'

/** Where a route takes an identifier. */
export interface Place {
  readonly within: Within
  /** Such as `query contact` or `body items.0.sku`. */
  readonly at: string
  readonly kind: string
}

type Choose = (kind: string, at: string) => string

interface Filler {
  readonly choose: Choose
  readonly secret: (kind: string) => string
}

/** What stands in the place of a mark, and everything else as it is. */
function filled(example: Example, at: string, filler: Filler): unknown {
  if (typeof example !== 'object' || example === null) return example
  if (isList(example)) return example.map((one, index) => filled(one, `${at}.${index}`, filler))
  const { $id: kind, $number: number, $fresh: pattern, $secret: secret } = markOf(example)
  if (kind !== undefined) {
    const id = filler.choose(kind, at)
    return number && /^-?\d+$/.test(id) ? Number(id) : id
  }
  if (pattern !== undefined) return pattern.replaceAll('*', randomBytes(6).toString('hex'))
  if (secret !== undefined) return filler.secret(secret)
  return Object.fromEntries(Object.entries(example).map(([name, one]) => [name, filled(one, `${at}.${name}`, filler)]))
}

function isList(example: object): example is readonly Example[] {
  return Array.isArray(example)
}

interface MarkRead {
  readonly $id?: string
  readonly $number?: boolean
  readonly $fresh?: string
  readonly $secret?: string
}

function markOf(example: object): MarkRead {
  const text = (name: string): string | undefined => {
    const value: unknown = Reflect.get(example, name)
    return typeof value === 'string' ? value : undefined
  }
  const [id, fresh, secret] = [text('$id'), text('$fresh'), text('$secret')]
  return {
    ...(id === undefined ? {} : { $id: id, $number: Reflect.get(example, '$number') === true }),
    ...(fresh === undefined ? {} : { $fresh: fresh }),
    ...(secret === undefined ? {} : { $secret: secret }),
  }
}

/** A request of this route as the holder of `own` would make it, but for the ids that `choose` gives. */
export function draftOf(route: DeclaredRoute, own: Furnishing, choose: Choose = kind => idIn(own, kind)): Draft {
  const filler: Filler = { choose, secret: kind => own.secrets?.[kind] ?? '' }
  const texts = (values: Readonly<Record<string, Example>> | undefined, within: string): Pair[] =>
    Object.entries(values ?? {}).flatMap(([name, example]) =>
      asPairs(name, filled(example, `${within} ${name}`, filler)),
    )
  const params = new Map(texts(route.params, 'path'))
  return {
    method: route.method,
    path: route.path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params.get(name) ?? '')),
    query: texts(route.query, 'query'),
    headers: Object.fromEntries(texts(route.headers, 'header')),
    cookies: Object.fromEntries(texts(route.cookies, 'cookie')),
    ...(route.json === undefined ? {} : { json: filled(route.json, 'body', filler) }),
    ...(route.form === undefined ? {} : { form: texts(route.form, 'body') }),
    ...(route.files === undefined ? {} : { files: route.files }),
  }
}

function asPairs(name: string, value: unknown): Pair[] {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => asPairs(name, one))
  return [[name, typeof value === 'string' ? value : JSON.stringify(value)]]
}

export function idIn(furnishing: Furnishing, kind: string): string {
  return furnishing.ids[kind] ?? ''
}

/** Every place of a route that takes an identifier. */
export function placesOf(route: DeclaredRoute): readonly Place[] {
  const found: Place[] = []
  const within = { path: 'path', query: 'query', header: 'header', cookie: 'cookie', body: 'body' } as const
  const choose: Choose = (kind, at) => {
    const word = at.split(/[ .]/, 1)[0] ?? ''
    const known = Object.values(within).find(one => one === word)
    if (known !== undefined) found.push({ within: known, at, kind })
    return '0'
  }
  draftOf(route, { ids: {}, roles: {} }, choose)
  return found
}

/** Written down, with what proves who asks. A browser names its origin with whatever is not a plain look. */
export function written(draft: Draft, credentials: Credentials | undefined, origin: string): Asked {
  const { cookie, ...proving } = credentials?.headers ?? {}
  const cookies = [
    ...(cookie === undefined ? [] : [cookie]),
    ...Object.entries(draft.cookies).map(pair => pair.join('=')),
  ]
  const query = new URLSearchParams(draft.query.map(([name, value]) => [name, value])).toString()
  const { type, text } = bodyOf(draft, credentials)
  return {
    method: draft.method,
    target: query === '' ? draft.path : `${draft.path}?${query}`,
    headers: {
      ...(/^(GET|HEAD|OPTIONS)$/.test(draft.method) ? {} : { origin }),
      ...(type === undefined ? {} : { 'content-type': type }),
      ...Object.fromEntries(Object.entries(draft.headers).map(([name, value]) => [name, sendable(value)])),
      ...proving,
      ...(cookies.length === 0 ? {} : { cookie: sendable(cookies.join('; ')) }),
    },
    ...(text === undefined ? {} : { body: text }),
  }
}

/** A header holds no control character and no letter beyond ASCII. */
function sendable(value: string): string {
  return value.replaceAll(/[^\x20-\x7e]+/g, part => encodeURIComponent(part.toWellFormed()))
}

function bodyOf(
  { json, form, files, raw }: Draft,
  credentials: Credentials | undefined,
): { type?: string; text?: string } {
  if (raw !== undefined) return raw
  if (json !== undefined) return { type: 'application/json', text: JSON.stringify(json) }
  if (form === undefined) return {}
  const fields = [
    ...Object.entries(credentials?.fields ?? {}),
    ...form.map(([name, value]): [string, string] => [name, value]),
  ]
  if (files !== undefined) return multipart(fields, files)
  return { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(fields).toString() }
}

/** RFC 7578. No browser lets a value end a part, so what would is left out. */
function multipart(
  fields: readonly Pair[],
  files: Readonly<Record<string, ExampleFile>>,
): { readonly type: string; readonly text: string } {
  const boundary = randomBytes(16).toString('hex')
  const quoted = (text: string): string => `"${text.replaceAll('"', '%22').replaceAll(/[\r\n]/g, ' ')}"`
  const part = (head: string, text: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${text.replaceAll(boundary, '')}\r\n`
  const parts = [
    ...fields.map(([name, value]) => part(`name=${quoted(name)}`, value)),
    ...Object.entries(files).map(([name, { fileName, contentType, text }]) =>
      part(`name=${quoted(name)}; filename=${quoted(fileName)}\r\nContent-Type: ${contentType}`, text),
    ),
  ]
  return { type: `multipart/form-data; boundary=${boundary}`, text: `${parts.join('')}--${boundary}--\r\n` }
}

export function nameOf({ method, path }: DeclaredRoute): string {
  return `${method} ${path}`
}

/** Whether asking may change something. */
export function writes({ method }: { readonly method: string }): boolean {
  return !/^(GET|HEAD|OPTIONS)$/.test(method)
}
