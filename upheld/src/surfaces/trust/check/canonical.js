import { refusal, textOf, utf8 } from './bytes.js'

// Canonical JSON, RFC 8785: one value, one spelling.

/** @typedef {import('./bytes.js').Bytes} Bytes */

const depthMax = 32
const leafBytesMax = 16 * 1024

/** @param {unknown} value @returns {string} */
export function canonical(value) {
  if (typeof value === 'string' && !value.isWellFormed()) throw refusal('page.bad_text', 'Half a character.')
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(item => canonical(item)).join(',')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${entries.map(([key, item]) => `${canonical(key)}:${canonical(item)}`).join(',')}}`
}

/** The value that these bytes are the one spelling of, else undefined. @param {Bytes} bytes @returns {unknown} */
export function readCanonical(bytes) {
  const text = textOf(bytes)
  if (text === undefined) return undefined
  try {
    /** @type {unknown} */
    const value = JSON.parse(text)
    return isShallow(value, depthMax) && canonical(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An entry of a log: at most 16 KiB, whole numbers only. @param {Bytes} bytes */
export function readLeaf(bytes) {
  const value = bytes.length > leafBytesMax ? undefined : readCanonical(bytes)
  return isObject(value) && hasWholeNumbers(value) ? value : undefined
}

/** The bytes of an entry that is given as a value. @param {unknown} value @returns {Bytes | undefined} */
export function leafBytes(value) {
  const bytes = isObject(value) && hasWholeNumbers(value) ? utf8(canonical(value)) : undefined
  return bytes !== undefined && bytes.length <= leafBytesMax ? bytes : undefined
}

/** @param {unknown} value @param {number} depth @returns {boolean} */
function isShallow(value, depth) {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every(item => isShallow(item, depth - 1))
}

/** @param {unknown} value @returns {boolean} */
function hasWholeNumbers(value) {
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).every(item => hasWholeNumbers(item))
}
