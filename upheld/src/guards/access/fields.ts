import type { FieldRule } from './definition.ts'
import { refuse } from './errors.ts'
import { jsonOnce } from './json-text.ts'
import type { AccessSet } from './set.ts'

type Fields = Readonly<Record<string, FieldRule>>

interface FieldRules {
  pick(resource: string, set: AccessSet, row: object): Readonly<Record<string, unknown>>
  accept(resource: string, set: AccessSet, sent: string | object): Readonly<Record<string, unknown>>
  readable(resource: string, set: AccessSet): readonly string[]
  writable(resource: string, set: AccessSet): readonly string[]
}

const depthMax = 8
const namesMax = 1_000
/** Names that change what an object is. No field is called so, and who sends one is not mistaken. */
const poison = new Set(['__proto__', 'constructor', 'prototype'])

/** What may be read and written of a resource, field by field. What the table does not list does not exist. */
export function fieldRules(resources: Readonly<Record<string, Fields>>): FieldRules {
  const fieldsOf = (resource: string): Fields => {
    const fields = Object.hasOwn(resources, resource) ? resources[resource] : undefined
    if (fields === undefined) throw refuse.unknown_resource({ detail: resource })
    return fields
  }
  const allowed = (verb: 'read' | 'write') => (resource: string, set: AccessSet) =>
    Object.entries(fieldsOf(resource))
      .filter(([, rule]) => may(set, rule[verb]))
      .map(([name]) => name)
  return {
    readable: allowed('read'),
    writable: allowed('write'),
    pick(resource, set, row) {
      const picked: Record<string, unknown> = {}
      for (const [name, rule] of Object.entries(fieldsOf(resource))) {
        if (!may(set, rule.read)) continue
        const own = ownValue(row, name)
        if (own !== undefined && fitsRead(own.value, rule)) picked[name] = own.value
      }
      return Object.freeze(picked)
    },
    accept(resource, set, sent) {
      const fields = fieldsOf(resource)
      const pairs = pairsOf(sent)
      const names = new Set<string>()
      for (const [name] of pairs) {
        if (poison.has(name) || names.has(name))
          throw refuse.field_malformed({ detail: 'A name comes twice, or is none.' })
        names.add(name)
      }
      const refused = [...names].filter(name => !Object.hasOwn(fields, name) || !may(set, fields[name]?.write))
      // What a stranger called a field stands in no log: only names from our own table do.
      const known = refused.filter(name => Object.hasOwn(fields, name))
      if (refused.length > 0) {
        throw refuse.field_refused({ detail: `${resource}: ${[...known, `${refused.length} in all`].join(', ')}` })
      }
      const odd = pairs.filter(([name, value]) => !fitsWrite(value, fields[name]?.holds)).map(([name]) => name)
      if (odd.length > 0) throw refuse.field_malformed({ detail: `${resource}: ${odd.join(', ')}` })
      return Object.freeze(Object.fromEntries(pairs))
    },
  }
}

function may(set: AccessSet, permission: string | undefined): boolean {
  return permission !== undefined && set.may(permission)
}

/** @throws access.field_malformed for a list, for what has a prototype of its own, and for what is computed */
function pairsOf(sent: string | object): readonly (readonly [string, unknown])[] {
  const given: unknown = typeof sent === 'string' ? jsonOnce(sent) : sent
  if (given instanceof URLSearchParams || given instanceof FormData || given instanceof Map) return formPairs(given)
  if (!isPlain(given)) throw refuse.field_malformed({ detail: 'This is no flat object.' })
  return Reflect.ownKeys(given).map(name => {
    const own = typeof name === 'string' ? ownValue(given, name) : undefined
    if (own === undefined || typeof name !== 'string') throw refuse.field_malformed({ detail: 'A name is no text.' })
    return [name, own.value]
  })
}

function formPairs(form: Iterable<readonly [unknown, unknown]>): readonly (readonly [string, unknown])[] {
  const pairs: (readonly [string, unknown])[] = []
  for (const [name, value] of form) {
    if (typeof name !== 'string' || pairs.length === namesMax) {
      throw refuse.field_malformed({ detail: 'A name is no text, or there are too many.' })
    }
    pairs.push([name, value])
  }
  return pairs
}

/** An own, enumerable value; neither what is inherited nor what is computed when it is read. */
function ownValue(row: object, name: string): { readonly value: unknown } | undefined {
  const own = Object.getOwnPropertyDescriptor(row, name)
  return own?.enumerable === true && 'value' in own ? { value: own.value } : undefined
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** A database gives dates, bytes and closed values as well; lists and objects only where the table says so. */
function fitsRead(value: unknown, { holds }: FieldRule): boolean {
  if (Array.isArray(value) || isPlain(value)) return fitsWrite(value, holds)
  return typeof value !== 'function'
}

function fitsWrite(value: unknown, holds: FieldRule['holds']): boolean {
  if (isPlainValue(value)) return true
  if (holds === 'list') return Array.isArray(value) && value.every(isPlainValue)
  return holds === 'json' && isJson(value, depthMax)
}

/** NUL and halves of characters are refused here: no text of Postgres can hold them. */
function isPlainValue(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed()
  if (typeof value === 'number') return Number.isFinite(value)
  if (value instanceof Date) return !Number.isNaN(value.getTime())
  return value === null || typeof value === 'boolean' || typeof value === 'bigint'
}

function isJson(value: unknown, depth: number): boolean {
  if (depth === 0) return false
  if (Array.isArray(value)) return value.every(one => isJson(one, depth - 1))
  if (!isPlain(value)) return isPlainValue(value)
  return Reflect.ownKeys(value).every(name => {
    if (typeof name !== 'string' || poison.has(name) || !isPlainValue(name)) return false
    const own = ownValue(value, name)
    return own !== undefined && isJson(own.value, depth - 1)
  })
}
