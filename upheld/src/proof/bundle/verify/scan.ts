import { isUtf8 } from 'node:buffer'
import { readLeaf } from '../../../core/transparency/index.ts'

// Whether bytes are a leaf (canonical JSON, whole numbers, at most 16 KiB), at some 500 MB/s: what is usual is looked at
// byte by byte, and whatever is not (escapes, names beyond ASCII, deep nesting) is left to the slow reader.

const [quote, comma, colon, minus, backslash] = [0x22, 0x2c, 0x3a, 0x2d, 0x5c]
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]
const depthMax = 16
const digitsMax = 15
const leafBytesMax = 16 * 1024
const unusual = -1

/** The same answer as `readLeaf(bytes) !== undefined`. */
export function isLeaf(bytes: Buffer): boolean {
  if (bytes.length > leafBytesMax) return false
  return (bytes[0] === openBrace && objectEnd(bytes, 0, 0) === bytes.length) || readLeaf(bytes) !== undefined
}

/** Where the value that starts here ends, or `unusual`. */
function valueEnd(bytes: Buffer, at: number, depth: number): number {
  switch (bytes[at]) {
    case quote:
      return stringEnd(bytes, at)
    case openBrace:
      return objectEnd(bytes, at, depth)
    case openBracket:
      return arrayEnd(bytes, at, depth)
    case 0x74:
      return wordEnd(bytes, at, 'true')
    case 0x66:
      return wordEnd(bytes, at, 'false')
    case 0x6e:
      return wordEnd(bytes, at, 'null')
    default:
      return numberEnd(bytes, at)
  }
}

function objectEnd(bytes: Buffer, start: number, depth: number): number {
  if (depth >= depthMax) return unusual
  if (bytes[start + 1] === closeBrace) return start + 2
  let [keyStart, keyEnd] = [-1, -1]
  for (let at = start + 1; ;) {
    const end = nameEnd(bytes, at)
    if (end < 0 || bytes[end] !== colon) return unusual
    if (keyStart >= 0 && !isAfter(bytes, at + 1, end - 1, keyStart, keyEnd)) return unusual
    ;[keyStart, keyEnd] = [at + 1, end - 1]
    at = valueEnd(bytes, end + 1, depth + 1)
    if (at < 0) return unusual
    if (bytes[at] === closeBrace) return at + 1
    if (bytes[at] !== comma) return unusual
    at += 1
  }
}

/** Whether the name at `from` comes after the one at `start`. A call into native code for each would cost more. */
function isAfter(bytes: Buffer, from: number, to: number, start: number, end: number): boolean {
  for (let i = 0; from + i < to; i += 1) {
    if (start + i === end) return true
    const difference = (bytes[from + i] ?? 0) - (bytes[start + i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return false
}

function arrayEnd(bytes: Buffer, start: number, depth: number): number {
  if (depth >= depthMax) return unusual
  if (bytes[start + 1] === closeBracket) return start + 2
  for (let at = start + 1; ;) {
    at = valueEnd(bytes, at, depth + 1)
    if (at < 0) return unusual
    if (bytes[at] === closeBracket) return at + 1
    if (bytes[at] !== comma) return unusual
    at += 1
  }
}

/** A name in plain ASCII: bytes then sort as UTF-16 does. */
function nameEnd(bytes: Buffer, start: number): number {
  if (bytes[start] !== quote) return unusual
  for (let at = start + 1; ; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === quote) return at + 1
    if (byte < 0x20 || byte === backslash || byte >= 0x80) return unusual
  }
}

function stringEnd(bytes: Buffer, start: number): number {
  let ascii = true
  for (let at = start + 1; ; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === quote) return ascii || isUtf8(bytes.subarray(start, at)) ? at + 1 : unusual
    if (byte < 0x20 || byte === backslash) return unusual
    if (byte >= 0x80) ascii = false
  }
}

function numberEnd(bytes: Buffer, start: number): number {
  const first = bytes[start] === minus ? start + 1 : start
  let at = first
  while (isDigit(bytes[at])) at += 1
  const digits = at - first
  if (digits === 0 || digits > digitsMax) return unusual
  // No leading zero, and zero has no sign.
  return bytes[first] === 0x30 && (digits > 1 || first > start) ? unusual : at
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function wordEnd(bytes: Buffer, start: number, word: string): number {
  return bytes.toString('latin1', start, start + word.length) === word ? start + word.length : unusual
}
