import { systemClock } from '../../../core/clock.ts'
import type { DeclaredRoute, Furnishing } from '../../../routes.ts'
import type { Crawl, Other } from './crawl.ts'
import { draftOf, writes, type Draft, type Place } from './draft.ts'
import { rolesOf, swapped, swappedAll, tellingPlaces } from './swaps.ts'
import { tryOn } from './trial.ts'

/** The same identifier written otherwise, sent twice, sent elsewhere, or sent as something else: where two readers of a request differ. */

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Other ways to write an id. One that does not fit the id gives nothing. */
const spellings: readonly (readonly [name: string, write: (id: string) => string | undefined])[] = [
  ['in capitals', id => (id.toUpperCase() === id ? undefined : id.toUpperCase())],
  ['in braces', id => (uuid.test(id) ? `{${id}}` : undefined)],
  ['as a urn', id => (uuid.test(id) ? `urn:uuid:${id}` : undefined)],
  ['without hyphens', id => (uuid.test(id) ? id.replaceAll('-', '') : undefined)],
  ['with a space', id => `${id} `],
  ['with a null byte', id => `${id}\0`],
  ['with leading zeros', id => (/^\d+$/.test(id) ? `00${id}` : undefined)],
  ['as a decimal', id => (/^\d+$/.test(id) ? `${id}.0` : undefined)],
  [
    'encoded twice',
    id => encodeURIComponent(id.replaceAll(/./gu, letter => encodeURIComponent(letter).replace(/^\w$/, hexOf))),
  ],
]

function hexOf(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16)}`
}

export async function attackDisguised(crawl: Crawl, route: DeclaredRoute): Promise<void> {
  const role = rolesOf(route)[0]
  const places = tellingPlaces(crawl, route)
  for (const place of places) {
    for (const [attack, make] of [
      ...respelt(crawl, route, place),
      ...repeated(route, place),
      ...confused(route, place),
    ])
      await tryOn(crawl, { attack, route, role, make })
  }
}

/** Where a request is said to be another one than it is. Some of these write, whatever the route does. */
export async function attackByMethod(crawl: Crawl, route: DeclaredRoute): Promise<void> {
  const role = rolesOf(route)[0]
  if (tellingPlaces(crawl, route).length === 0) return
  for (const [attack, make] of otherMethods(route)) await tryOn(crawl, { attack, route, role, make })
}

type Make = (own: Furnishing, other: Other) => Draft
type Named = readonly [attack: string, make: Make]

function respelt(crawl: Crawl, route: DeclaredRoute, place: Place): Named[] {
  const sample = crawl.thief.theirs.ids[place.kind] ?? ''
  return spellings.flatMap(([name, write]) => {
    if (write(sample) === undefined) return []
    const make: Make = (own, other) => {
      const id = other.ids[place.kind] ?? ''
      return swapped(route, place)(own, { ...other, ids: { ...other.ids, [place.kind]: write(id) ?? id } })
    }
    return [[`their id ${name} in the ${place.at}`, make]]
  })
}

/** One's own id first and theirs second, or the other way round; theirs in a list or an object; theirs where nobody asks for it. */
function repeated(route: DeclaredRoute, { within, at, kind }: Place): Named[] {
  const name = lastOf(at)
  const idOf = (other: Other): string => other.ids[kind] ?? ''
  const mine = (own: Furnishing): Draft => draftOf(route, own)
  if (within === 'query') {
    return [
      ['theirs after ours in the query', (own, other) => withQuery(mine(own), [[name, idOf(other)]])],
      [
        'theirs in a list in the query',
        (own, other) => withQuery(without(mine(own), name), [[`${name}[]`, idOf(other)]]),
      ],
      [
        'ours after theirs in the query',
        (own, other) => ({ ...mine(own), query: [[name, idOf(other)], ...mine(own).query] }),
      ],
    ]
  }
  if (within === 'path') {
    const theirs = swapped(route, { within, at, kind })
    const ending =
      (end: string): Make =>
      (own, other) => ({ ...theirs(own, other), path: `${theirs(own, other).path}${end}` })
    return [
      ['their id in the path, with a slash at the end', ending('/')],
      ['their id in the path, as .json', ending('.json')],
      ['ours in the path, theirs in the query', (own, other) => withQuery(mine(own), [[name, idOf(other)]])],
      ['ours in the path, theirs after a dot', (own, other) => climbing(route, own, other)],
      ['ours in the path, theirs in a header', (own, other) => withHeaders(mine(own), { [`x-${name}`]: idOf(other) })],
    ]
  }
  if (within !== 'body' || route.json === undefined) return []
  const changed = (change: (id: string) => unknown): Make => {
    return (own, other) => {
      const { json, ...rest } = swapped(route, { within, at, kind })(own, other)
      return { ...rest, json: replaced(json, idOf(other), change) }
    }
  }
  return [
    ['theirs in a list in the body', changed(id => [id])],
    ['theirs as a text in the body', changed(id => id)],
    ['theirs as a number in the body', changed(id => (/^\d{1,15}$/.test(id) ? Number(id) : id))],
    ...listed(route, { within, at, kind }),
    ['theirs in an object in the body', changed(id => ({ id, eq: id }))],
    ['ours and theirs under one name in the body', (own, other) => twice(mine(own), name, idOf(other))],
  ]
}

/** Theirs behind ours in one list, whether it lists ids or what holds one: some look at the first alone. */
function listed(route: DeclaredRoute, place: Place): Named[] {
  if (!/\.\d+(\.|$)/.test(place.at)) return []
  const behind =
    (plain: boolean): Make =>
    (own, other) => {
      const mine = draftOf(route, own)
      return { ...mine, json: behindOurs(mine.json, swapped(route, place)(own, other).json, plain) }
    }
  return [
    ['theirs behind ours in a list in the body', behind(false)],
    ['theirs behind ours in the innermost list in the body', behind(true)],
  ]
}

function isList(one: unknown): one is readonly unknown[] {
  return Array.isArray(one)
}

function behindOurs(ours: unknown, theirs: unknown, plain: boolean): unknown {
  if (typeof ours !== 'object' || ours === null || typeof theirs !== 'object' || theirs === null) return ours
  const pairs = Object.entries(ours).map(([name, one]: [string, unknown]): [string, unknown, unknown] => [
    name,
    one,
    Reflect.get(theirs, name),
  ])
  if (!isList(ours) || !isList(theirs))
    return Object.fromEntries(pairs.map(([name, one, other]) => [name, behindOurs(one, other, plain)]))
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return ours
  const simple = ours.every(one => typeof one !== 'object')
  if (simple || !plain) return [...ours, ...theirs]
  return pairs.map(([, one, other]) => behindOurs(one, other, plain))
}

function climbing(route: DeclaredRoute, own: Furnishing, other: Other): Draft {
  const [mine, theirs] = [draftOf(route, own).path, draftOf(route, own, kind => other.ids[kind] ?? '').path]
  return { ...draftOf(route, own), path: `${mine}/../${theirs.split('/').pop() ?? ''}` }
}

/** Readers that take the first of two names and readers that take the last see two different bodies. */
function twice({ json, ...rest }: Draft, name: string, id: string): Draft {
  const text = JSON.stringify(json)
  const again = `${JSON.stringify(name)}:${JSON.stringify(id)}`
  return { ...rest, raw: { type: 'application/json', text: text.replace(/\}$/, `,${again}}`) } }
}

/** JSON said to be a form, and a form said to be JSON. */
function confused(route: DeclaredRoute, place: Place): Named[] {
  if (place.within !== 'body') return []
  const make: Make = (own, other) => {
    const { json, form, ...rest } = swapped(route, place)(own, other)
    if (form !== undefined) return { ...rest, json: Object.fromEntries(form) }
    const fields = typeof json === 'object' && json !== null ? Object.entries(json) : []
    return {
      ...rest,
      form: fields.map(([name, value]: [string, unknown]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    }
  }
  return [['their id in a body of another kind', make]]
}

/** What does not look, by a method that only looks; and the other way round, by a header that some frameworks obey. */
function otherMethods(route: DeclaredRoute): Named[] {
  const all = swappedAll(route)
  const as =
    (method: string): Make =>
    (own, other) => {
      const { path, query, headers, cookies } = all(own, other)
      return { method, path, query, headers, cookies }
    }
  const overriding: Make = (own, other) => {
    const draft = withHeaders(all(own, other), {
      'x-http-method-override': 'DELETE',
      'x-http-method': 'DELETE',
      'x-method-override': 'DELETE',
    })
    return writes(route) ? draft : { ...draft, method: 'POST', form: [['_method', 'DELETE']] }
  }
  return [
    ...(writes(route) ? [] : [['their ids, by HEAD', as('HEAD')] as const]),
    ['their ids, by OPTIONS', as('OPTIONS')],
    ['their ids, on a condition', (own, other) => withHeaders(all(own, other), conditionsOf(route))],
    ...(writes(route) && (route.json !== undefined || route.form !== undefined) && pathTells(route)
      ? [['their ids, with nothing in the body', (own, other) => emptied(all(own, other))] satisfies Named]
      : []),
    ['their ids, with another method in a header', overriding],
    ['their path in a header that a proxy sets', (own, other) => rerouted(route, own, other)],
  ]
}

/** What holds for anything that is there: whoever asks for it finds out that it is. */
function conditionsOf(route: DeclaredRoute): Readonly<Record<string, string>> {
  return writes(route)
    ? { 'if-match': '"none-like-this"', 'if-unmodified-since': 'Sat, 01 Jan 2000 00:00:00 GMT' }
    : { 'if-none-match': '*', 'if-modified-since': systemClock.now().toUTCString() }
}

function pathTells(route: DeclaredRoute): boolean {
  return Object.keys(route.params ?? {}).length > 0
}

/** Some look at whose it is only when there is something to change. */
function emptied({ json, form, ...rest }: Draft): Draft {
  return { ...rest, ...(json === undefined ? {} : { json: {} }), ...(form === undefined ? {} : { form: [] }) }
}

function rerouted(route: DeclaredRoute, own: Furnishing, other: Other): Draft {
  const { path } = draftOf(route, own, kind => other.ids[kind] ?? '')
  return withHeaders(draftOf(route, own), { 'x-original-url': path, 'x-rewrite-url': path })
}

export function withQuery(draft: Draft, more: Draft['query']): Draft {
  return { ...draft, query: [...draft.query, ...more] }
}

export function withHeaders(draft: Draft, more: Readonly<Record<string, string>>): Draft {
  return { ...draft, headers: { ...draft.headers, ...more } }
}

function without(draft: Draft, name: string): Draft {
  return { ...draft, query: draft.query.filter(([one]) => one !== name) }
}

function replaced(json: unknown, text: string, change: (id: string) => unknown): unknown {
  if (json === text || (typeof json === 'number' && String(json) === text)) return change(text)
  if (Array.isArray(json)) return json.map((one: unknown) => replaced(one, text, change))
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(
    Object.entries(json).map(([name, one]: [string, unknown]) => [name, replaced(one, text, change)]),
  )
}

function lastOf(at: string): string {
  return at.split(/[ .]/).findLast(part => !/^\d+$/.test(part)) ?? at
}
