import type { OrganizationId } from '../../core/ids.ts'
import type { Address } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import type { KeyDomain } from './ports.ts'

/** Bytes of UTF-8 that one word of an address may have. */
const wordBytesMax = 1_024
/** The same, for a word that names a domain of keys. */
const domainBytesMax = 190

/** What a value is bound to: checked, and as the words of its context. */
export interface Place {
  readonly address: Address
  /** Of the data key. */
  readonly domain: KeyDomain
  /** The last 12 bytes are the header of the envelope's, which writes them there. */
  readonly context: Buffer
}

/** Bytes of the header of an envelope, the last word of a context. */
export const headerBytes = 12
const label = 'upheld/kv1'
/** The label, then deployment, organization, table, column, row, subject, revision, header. */
const words = 9
const room = Buffer.allocUnsafeSlow(1 + words * (4 + wordBytesMax))

/**
 * One place of one installation (`deployment`): two that share a root key do not open each other's values. The context is
 * how many words, then for each its length in 32 bits and its bytes. No two places have the same, since every length
 * stands before what it counts; a subject or a revision that is absent is an empty word, and none that is there is empty.
 * @throws vault.bad_address
 */
export function placeOf(deployment: string, organization: OrganizationId, address: Address): Place {
  const { table, column, row, subject, revision } = address
  room[0] = words
  let at = put(label, 1)
  at = put(checked(deployment, 'deployment'), at)
  at = put(checked(organization, 'organization'), at)
  at = put(checked(table, 'table', domainBytesMax), at)
  at = put(checked(column, 'column'), at)
  at = put(checked(row, 'row'), at)
  at = put(subject === undefined ? '' : checked(subject, 'subject', domainBytesMax), at)
  at = put(revision === undefined ? '' : checked(revision, 'revision'), at)
  at = room.writeUInt32BE(headerBytes, at) + headerBytes
  const domain = subject === undefined ? `table:${table}` : `subject:${subject}`
  return { address, domain, context: Buffer.from(room.subarray(0, at)) }
}

/** Gives where the next word begins. */
function put(word: string, at: number): number {
  const length = room.write(word, at + 4, 'utf8')
  room.writeUInt32BE(length, at)
  return at + 4 + length
}

/** Says which word it is, never the word. */
function checked(word: unknown, name: string, bytesMax = wordBytesMax): string {
  const fault = typeof word === 'string' ? faultOf(word, bytesMax) : 'is no text'
  if (fault !== undefined) throw refuse.bad_address({ detail: `The ${name} ${fault}.` })
  return String(word)
}

function faultOf(word: string, bytesMax: number): string | undefined {
  if (word === '') return 'is empty'
  if (word.length > bytesMax || Buffer.byteLength(word) > bytesMax) return 'is too long'
  if (word.includes('\0')) return 'holds NUL'
  return word.isWellFormed() ? undefined : 'holds half of a character'
}

/** The same encoding for any words of any length: what a blind index is computed over. */
export function encodeWords(list: readonly string[]): Buffer {
  const parts: Buffer[] = [Buffer.of(list.length)]
  for (const word of list) {
    const bytes = Buffer.from(word, 'utf8')
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32BE(bytes.length)
    parts.push(length, bytes)
  }
  return Buffer.concat(parts)
}
