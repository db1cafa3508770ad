import { assert } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Address } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import type { KeyDomain } from './ports.ts'

/** Bytes of UTF-8 that one word of an address may have. */
const wordBytesMax = 1_024
/** The same, for a word that names a domain of keys. */
const domainBytesMax = 190

/** What a value is bound to: words that were checked, and that nobody can change since. */
export interface Place {
  /** One installation: two that share a root key do not open each other's values. */
  readonly deployment: string
  readonly organization: OrganizationId
  readonly table: string
  readonly column: string
  readonly row: string
  /** Empty when there is none. */
  readonly subject: string
  /** Empty when there is none. */
  readonly revision: string
  /** Of the data key. */
  readonly domain: KeyDomain
}

/** @throws vault.bad_address */
export function placeOf(deployment: string, organization: OrganizationId, address: Address): Place {
  const { table, column, row, subject, revision } = address
  check(deployment, 'deployment')
  check(organization, 'organization')
  check(table, 'table', domainBytesMax)
  check(column, 'column')
  check(row, 'row')
  if (subject !== undefined) check(subject, 'subject', domainBytesMax)
  if (revision !== undefined) check(revision, 'revision')
  const domain = subject === undefined ? `table:${table}` : `subject:${subject}`
  return { deployment, organization, table, column, row, subject: subject ?? '', revision: revision ?? '', domain }
}

const label = 'upheld/kv1'
const words = 9
/** Bytes of the header of an envelope, the last word of a context. */
export const headerBytes = 12
const room = Buffer.allocUnsafeSlow(1 + words * (4 + wordBytesMax))

/**
 * The context: how many words, then for each its length in 32 bits and its bytes: the label, deployment, organization,
 * table, column, row, subject, revision, header. No two places have the same, since every length stands before what it
 * counts; a subject or a revision that is absent is an empty word, and none that is there is empty. What comes back is
 * overwritten by the next call.
 */
export function contextOf(place: Place, header: Uint8Array): Buffer {
  assert(header.length === headerBytes, 'a header has 12 bytes')
  room[0] = words
  let at = put(label, 1)
  at = put(place.deployment, at)
  at = put(place.organization, at)
  at = put(place.table, at)
  at = put(place.column, at)
  at = put(place.row, at)
  at = put(place.subject, at)
  at = put(place.revision, at)
  room.set(header, room.writeUInt32BE(headerBytes, at))
  return room.subarray(0, at + 4 + headerBytes)
}

/** Gives where the next word begins. */
function put(word: string, at: number): number {
  const length = room.write(word, at + 4, 'utf8')
  room.writeUInt32BE(length, at)
  return at + 4 + length
}

/** Says which word it is, never the word. */
function check(word: unknown, name: string, bytesMax = wordBytesMax): void {
  const fault = typeof word === 'string' ? faultOf(word, bytesMax) : 'is no text'
  if (fault !== undefined) throw refuse.bad_address({ detail: `The ${name} ${fault}.` })
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
