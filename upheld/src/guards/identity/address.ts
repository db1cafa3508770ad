import { refuse } from './errors.ts'

const bytesMax = 254
const localBytesMax = 64
/** Letters and marks of any script, digits, and what RFC 5321 lets stand in a local part without quotes. */
const localForm = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u
const labelForm = /^[\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u

/**
 * An address as it is kept and compared: NFC, lower case, at most 254 bytes (RFC 5321, 4.5.3.1.3). What only looks like an
 * ASCII character, such as a full-width `@` or a full stop of another script, is refused and never repaired: a repair would
 * make somebody else's address of it. It is checked after it was normalized, and what it becomes stays what it is.
 * @throws identity.bad_email
 */
export function normalizeEmail(given: unknown): string {
  if (typeof given !== 'string' || given.length > bytesMax || !given.isWellFormed()) throw refuse.bad_email()
  const email = given.trim().normalize('NFC').toLowerCase().normalize('NFC')
  const at = email.lastIndexOf('@')
  const [local, domain] = [email.slice(0, Math.max(at, 0)), email.slice(at + 1)]
  const fits =
    Buffer.byteLength(email) <= bytesMax &&
    Buffer.byteLength(local) <= localBytesMax &&
    localForm.test(local) &&
    isDomain(domain) &&
    isItself(email)
  if (!fits) throw refuse.bad_email()
  return email
}

function isDomain(domain: string): boolean {
  const labels = domain.split('.')
  return labels.length >= 2 && labels.every(label => labelForm.test(label)) && /\D/u.test(labels.at(-1) ?? '')
}

/**
 * Whether compatibility forms (NFKC: full width, ligatures, circled letters, one-character ellipses) leave it as it is, and
 * folding once more as well: then no step behind this one can turn it into another address.
 */
function isItself(email: string): boolean {
  return email.normalize('NFKC') === email && email.toLowerCase() === email && !/[\p{C}\p{Z}]/u.test(email)
}

const nameMax = 200

/** A name of a person or an organization, for people: NFC, one line, 1 to 200 characters. @throws identity.bad_name */
export function normalizeName(given: unknown): string {
  if (typeof given !== 'string' || given.length > 4 * nameMax || !given.isWellFormed()) throw refuse.bad_name()
  const name = given.normalize('NFC').trim()
  // Controls, and the marks that turn the direction of what stands around them in a mail.
  if (
    name === '' ||
    name.length > nameMax ||
    /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(name)
  )
    throw refuse.bad_name()
  return name
}
