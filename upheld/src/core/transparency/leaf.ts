import { canonicalJson } from '../json.ts'
import type { Json, JsonObject } from '../json.ts'

// What our logs hold: canonical JSON, in the one spelling that every language reads the same.

/** Two levels for a bundle and its leaves; a claim's definition takes three or four more. */
const depthMax = 32
const leafBytesMax = 16 * 1024

/**
 * The value that these bytes are the one spelling of; undefined for everything else: other JSON, other white space,
 * doubled keys, a byte-order mark, broken UTF-8.
 */
export function readCanonical(bytes: Uint8Array): Json | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    return isJson(value, depthMax) && canonicalJson(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A leaf as it stands in the log: canonical JSON of at most 16 KiB, whole numbers only, so that every language reads
 * the same. Undefined when it cannot be one.
 */
export function leafBytes(leaf: JsonObject): Buffer | undefined {
  if (!hasWholeNumbers(leaf, depthMax)) return undefined
  const bytes = Buffer.from(canonicalJson(leaf))
  return bytes.length > leafBytesMax ? undefined : bytes
}

/** The leaf that these bytes are, or undefined when no leaf can have them. */
export function readLeaf(bytes: Uint8Array): JsonObject | undefined {
  const value = bytes.length > leafBytesMax ? undefined : readCanonical(bytes)
  return isObject(value) && hasWholeNumbers(value, depthMax) ? value : undefined
}

function isJson(value: unknown, depth: number): value is Json {
  if (typeof value !== 'object' || value === null) return value !== undefined
  return depth > 0 && Object.values(value).every(item => isJson(item, depth - 1))
}

function hasWholeNumbers(value: Json, depth: number): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every(item => hasWholeNumbers(item, depth - 1))
}
