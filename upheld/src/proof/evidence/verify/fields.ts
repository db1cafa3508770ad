import type { Json, JsonObject } from '../../../core/json.ts'
import { isObject } from '../../../core/transparency/index.ts'

// Reads fields of a leaf, without the schema library: this part runs on an auditor's machine with Node alone.

export function textAt(object: JsonObject, key: string): string | undefined {
  const value = object[key]
  return typeof value === 'string' ? value : undefined
}

export function countAt(object: JsonObject, key: string): number | undefined {
  const value = object[key]
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

export function objectAt(object: JsonObject, key: string): JsonObject | undefined {
  const value = object[key]
  return isObject(value) ? value : undefined
}

export function listAt(object: JsonObject, key: string): readonly Json[] | undefined {
  const value = object[key]
  return isList(value) ? value : undefined
}

/** RFC 3339 in UTC, with seconds or milliseconds, as milliseconds since 1970. */
export function timeAt(object: JsonObject, key: string): number | undefined {
  const text = textAt(object, key)
  const time = text !== undefined && timeForm.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(time) ? undefined : time
}

const timeForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}
