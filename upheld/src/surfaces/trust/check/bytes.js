// Bytes, and the one hash that everything here rests on: the browser's own SHA-256.

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/**
 * What the code calls a refusal, for people and for programs.
 * @param {string} code
 * @param {string} says
 */
export function refusal(code, says) {
  return Object.assign(new Error(says), { code })
}

/** @param {readonly Bytes[]} parts @returns {Bytes} */
export function concat(parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** @param {Bytes | undefined} one @param {Bytes | undefined} other */
export function same(one, other) {
  if (one === undefined || other === undefined || one.length !== other.length) return false
  for (let i = 0; i < one.length; i += 1) if (one[i] !== other[i]) return false
  return true
}

/** @param {string} text @returns {Bytes} */
export function utf8(text) {
  return new TextEncoder().encode(text)
}

/** The text, or undefined when the bytes are no UTF-8. @param {Bytes} bytes */
export function textOf(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Standard base64 in its one spelling; undefined for anything else. @param {string} text @returns {Bytes | undefined} */
export function fromBase64(text) {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  try {
    const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
    return toBase64(bytes) === text ? bytes : undefined
  } catch {
    return undefined
  }
}

/** @param {Bytes} bytes */
export function toBase64(bytes) {
  let letters = ''
  for (const byte of bytes) letters += String.fromCharCode(byte)
  return btoa(letters)
}

/** @param {Bytes} bytes */
export function hex(bytes) {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

/** @param {Bytes} bytes @returns {Promise<Bytes>} */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
}

/** Digits without a leading zero, exact in a number. @param {string} text */
export function decimal(text) {
  const value = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : undefined
  return Number.isSafeInteger(value) ? value : undefined
}
