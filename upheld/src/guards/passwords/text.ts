import { refuse } from './errors.ts'

/** At least 64 must be accepted (NIST SP 800-63B-4, 3.1.1.2); these bound the work, and nobody types more. */
const codePointsMax = 256
const bytesMax = 1_024

/**
 * The text as it is hashed: in NFC, so that one text that two keyboards write differently is one password. The bounds are
 * looked at before anything is done with it.
 * @throws passwords.too_long, passwords.unreadable
 */
export function readable(password: string): string {
  // A UTF-16 unit is at least one byte of UTF-8: 10 MB are refused without being read.
  if (password.length > bytesMax || Buffer.byteLength(password) > bytesMax) throw refuse.too_long()
  if (password.includes('\0') || !password.isWellFormed()) throw refuse.unreadable()
  const text = password.normalize('NFC')
  if (codePoints(text) > codePointsMax || Buffer.byteLength(text) > bytesMax) throw refuse.too_long()
  return text
}

/** Code points, which is what is counted and compared here: not bytes, and not what a reader takes for one character. */
export function lettersOf(text: string): readonly string[] {
  return Array.from(text)
}

export function codePoints(text: string): number {
  return lettersOf(text).length
}
