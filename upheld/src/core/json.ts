import { createHash } from 'node:crypto'
import { assert } from './errors.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/**
 * Canonical JSON, RFC 8785: object keys sorted by UTF-16 code units, no white space, ECMAScript number form.
 * Lone surrogates and numbers that JSON cannot hold are bugs of the caller.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    assert(Number.isFinite(value), 'canonical JSON holds finite numbers only')
    return JSON.stringify(value)
  }
  if (typeof value === 'string') {
    assert(value.isWellFormed(), 'canonical JSON holds well-formed Unicode only')
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${entries.map(([key, item]) => `${canonicalJson(key)}:${canonicalJson(item)}`).join(',')}}`
}

/** `sha256:` and 64 hex digits of the canonical form. */
export function digestOf(value: Json): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`
}
