import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { organizationId, type OrganizationId } from '../../core/ids.ts'

/**
 * A key as it is written: `upk_<organization, 32 hex digits>_<secret, 43><checksum, 6>`. No character of it ends a word,
 * so that a double click takes all of it, and a scanner knows it by its form and its checksum without asking anybody.
 */
export interface WrittenKey {
  readonly organizationId: OrganizationId
  readonly text: string
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const body = 'upk_([0-9a-f]{32})_[0-9A-Za-z]{43}([0-9A-Za-z]{6})'
const whole = new RegExp(`^${body}$`)
/** Not a part of a longer word: that would be something else. */
const anywhere = new RegExp(`(?<![0-9A-Za-z_])${body}(?![0-9A-Za-z_])`, 'g')
const secretBytes = 32
const checksumDigits = 6

/** 256 random bits in base62. Whoever holds the text is the key. */
export function writeKey(organization: OrganizationId): string {
  const secret = base62(BigInt(`0x${randomBytes(secretBytes).toString('hex')}`), 43)
  const start = `upk_${organization.replaceAll('-', '')}_${secret}`
  return start + checksumOf(start)
}

/** Whether a text is one of our keys, known offline: nothing is looked up, and nothing says that it still opens. */
export function recognizeKey(text: string): WrittenKey | undefined {
  const found = whole.exec(text)
  return found === null ? undefined : checked(text, found[1] ?? '')
}

/** Every key in a text, such as a line of a log or a file that was published; at most 100, from at most 1 MB. */
export function keysIn(text: string): readonly WrittenKey[] {
  const found = new Map<string, WrittenKey>()
  for (const match of text.slice(0, 1_000_000).matchAll(anywhere)) {
    const key = checked(match[0], match[1] ?? '')
    if (key !== undefined) found.set(key.text, key)
    if (found.size === 100) break
  }
  return [...found.values()]
}

/** Whether a text has anything that looks like a key, genuine or not, also with its characters escaped. */
export function mayHoldKey(text: string): boolean {
  return /(?:upk|%75%70%6b)(?:_|%5f)[0-9a-f]{32}/i.test(text) || /upk(?:_|%5f)/i.test(decoded(text))
}

/** What stands in the database. Keys are strong secrets: a plain hash is enough (ASVS 6.5.2). */
export function hashOf(text: string): Buffer {
  return createHash('sha256').update(`api-key\n${text}`).digest()
}

function checked(text: string, organization: string): WrittenKey | undefined {
  const start = text.slice(0, -checksumDigits)
  if (checksumOf(start) !== text.slice(-checksumDigits) || /^0+$/.test(organization)) return undefined
  return Object.freeze({ organizationId: dashed(organization), text })
}

/** CRC-32 (ISO-HDLC) of what stands before it: against typing errors and false alarms, not against anybody. */
function checksumOf(start: string): string {
  return base62(BigInt(crc32(start)), checksumDigits)
}

/** Hex digits without dashes as the id that they are. */
export function dashed(hex: string): OrganizationId {
  return organizationId(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
}

function base62(value: bigint, length: number): string {
  let left = value
  let text = ''
  while (left > 0n) {
    text = (digits[Number(left % 62n)] ?? '') + text
    left /= 62n
  }
  return text.padStart(length, '0')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
