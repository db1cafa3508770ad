import { timingSafeEqual } from 'node:crypto'
import { HOTP, Secret, TOTP } from 'otpauth'

/** RFC 6238 as every app speaks it: HMAC-SHA-1, 6 digits, steps of 30 seconds from 1970. */
const digits = 6
const stepSecs = 30
/** HMAC-SHA-1 takes 160 bits, which RFC 4226 section 4 recommends. */
export const seedBytes = 20

/** Six digits, and spaces wherever an app or a person puts them. No other digits, no sign, nothing else. */
const codeForm = /^ {0,4}(?:[0-9] {0,4}){6}$/

/** The six digits of what somebody typed; undefined when it is no code. */
export function codeOf(typed: string): string | undefined {
  return typed.length <= 32 && codeForm.test(typed) ? typed.replaceAll(' ', '') : undefined
}

/** The step that a moment lies in. */
export function stepAt(moment: Date): number {
  return Math.floor(moment.getTime() / 1000 / stepSecs)
}

export function codeAt(seed: Uint8Array, step: number): string {
  return HOTP.generate({ secret: secretOf(seed), algorithm: 'SHA1', digits, counter: step })
}

/**
 * The step whose code this is: the one of now or the one before, for a code that was typed across a border or a clock
 * that is slow (RFC 6238 section 5.2). Never the next: a code that is not shown yet is nobody's but a thief's of the seed.
 * When both steps have the same code it is the newer, so that neither is taken again.
 */
export function stepOf(seed: Uint8Array, code: string, now: Date): number | undefined {
  const current = stepAt(now)
  const typed = Buffer.from(code, 'utf8')
  // Both are always computed and compared: the answer takes as long for either, and for none.
  const matches = [current - 1, current].map(step => {
    const expected = Buffer.from(codeAt(seed, Math.max(0, step)), 'utf8')
    return step >= 0 && expected.length === typed.length && timingSafeEqual(expected, typed)
  })
  if (matches[1] === true) return current
  return matches[0] === true ? current - 1 : undefined
}

/** The address that an authenticator app reads, and the seed in base32 for those who type it. */
export function totpUri(
  seed: Uint8Array,
  { issuer, account }: { readonly issuer: string; readonly account: string },
): { readonly uri: string; readonly secret: string } {
  const secret = secretOf(seed)
  // A colon parts issuer and account in the address; it has no other meaning in a label.
  const label = account.toWellFormed().replaceAll(':', ' ')
  const uri = new TOTP({ issuer, label, secret, algorithm: 'SHA1', digits, period: stepSecs }).toString()
  return { uri, secret: secret.base32 }
}

function secretOf(seed: Uint8Array): Secret {
  // A copy with a buffer of its own: a Buffer is often a part of a larger one.
  return new Secret({ buffer: new Uint8Array(seed).buffer })
}
