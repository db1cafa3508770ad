import { createHmac, type KeyObject } from 'node:crypto'
import { encodeWords } from './address.ts'
import type { DataKey } from './chain-port.ts'
import { valueBytesMax } from './envelope.ts'
import { refuse } from './errors.ts'

const blindIndexBytes = 16
const label = 'upheld/blind-index@v1'
/** How a value is made comparable: 1 is Unicode's NFC and nothing else. Another way gets another number. */
const normaliser = '1'
const bitsMax = 128

/** Which column a value is looked up in, and how finely. */
export interface IndexedColumn {
  /** The label of the sealed column, as its values are sealed. */
  readonly table: string
  readonly column: string
  /** 1 to 128 (the default): how many bits of the digest are kept. With fewer, different values look the same. */
  readonly bits?: number
}

/**
 * The digest to find a value by: HMAC-SHA-256 under the organization's key for it, over label, table, column, normaliser
 * and value. 16 bytes, of which those beyond `bits` are zero. Equal values of one column of one organization are equal,
 * and no others.
 * @throws vault.bad_index, bad_value
 */
export function blindIndexOf(key: DataKey, { table, column, bits = bitsMax }: IndexedColumn, value: string): Buffer {
  if (!Number.isInteger(bits) || bits < 1 || bits > bitsMax) throw refuse.bad_index()
  if (value.length > valueBytesMax) throw refuse.bad_index()
  if (!value.isWellFormed()) throw refuse.bad_value()
  const words = encodeWords([label, table, column, normaliser, value.normalize('NFC')])
  const digest = macOf(key.key, words).subarray(0, blindIndexBytes)
  for (let bit = bits; bit < bitsMax; bit++) digest[bit >> 3] = (digest[bit >> 3] ?? 0) & ~(0x80 >> (bit & 7))
  return digest
}

/** HMAC-SHA-256, 32 bytes. */
export function macOf(key: KeyObject, words: Uint8Array): Buffer {
  return createHmac('sha256', key).update(words).digest()
}
