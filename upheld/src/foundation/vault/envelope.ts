import { contextOf, headerBytes, type Place } from './address.ts'
import type { DataKey } from './chain-port.ts'
import { openMessage, plainSize, sealedSize, sealMessage } from './chunked.ts'
import { refuse } from './errors.ts'

// kv1, what lies in a sealed column: format (1 byte), flags (1), schema of the context (2), id of the data key (8), then
// one message of C2SP chunked-encryption. 84 bytes more than the value up to 16 KiB, and 16 for each 16 KiB after.

const format = 1
/** Formats that a later version may have; nothing that is text begins like them. */
const formatMax = 8
const schema = 1
const overheadMin = headerBytes + sealedSize(0)
/** What is larger is kept as an object. */
export const valueBytesMax = 2 ** 20
const envelopeBytesMax = headerBytes + sealedSize(valueBytesMax)

/** Always: sealed for one row. */
const forRow = 1
/** Under the key of a person. */
const forSubject = 2
/** For one revision of the row. */
const forRevision = 4

function flagsOf({ subject, revision }: Place): number {
  return forRow | (subject === '' ? 0 : forSubject) | (revision === '' ? 0 : forRevision)
}

/**
 * `salt` has 24 random bytes that are never used twice with this key.
 * @throws vault.too_large
 */
export function sealEnvelope(key: DataKey, place: Place, value: Uint8Array, salt: Uint8Array): Buffer {
  if (value.length > valueBytesMax) throw refuse.too_large()
  const envelope = Buffer.allocUnsafe(headerBytes + sealedSize(value.length))
  envelope[0] = format
  envelope[1] = flagsOf(place)
  envelope.writeUInt16BE(schema, 2)
  envelope.write(key.id, 4, 8, 'hex')
  const context = contextOf(place, envelope.subarray(0, headerBytes))
  sealMessage(key.key, salt, context, value, envelope, headerBytes)
  return envelope
}

/**
 * The id of the data key, as 16 hex digits, of what has the shape of an envelope. No key has been near it yet.
 * @throws vault.not_sealed, unknown_version, too_large, denied
 */
export function keyIdOf(envelope: Buffer): string {
  const first = envelope[0] ?? 0
  if (first < format || first > formatMax) throw refuse.not_sealed()
  if (first !== format) throw refuse.unknown_version({ detail: `Format ${first}.` })
  if (envelope.length < overheadMin) throw refuse.denied()
  if (envelope.length > envelopeBytesMax) throw refuse.too_large()
  const flags = envelope.readUInt8(1)
  const known = envelope.readUInt16BE(2) === schema && (flags & ~(forSubject | forRevision)) === forRow
  if (!known) throw refuse.unknown_version({ detail: 'Its flags, or the schema of its context.' })
  if (plainSize(envelope.length - headerBytes) === undefined) throw refuse.denied()
  return envelope.toString('hex', 4, headerBytes)
}

/**
 * What was sealed, when it was sealed with this key for this place and nothing of it has changed since.
 * @throws vault.denied
 */
export function openEnvelope(key: DataKey, place: Place, envelope: Buffer): Buffer {
  const context = contextOf(place, envelope.subarray(0, headerBytes))
  // The flags are in the context as they lie, so this place would not open it anyway; now they say the same as it.
  const fits = envelope[1] === flagsOf(place)
  const plain = fits ? openMessage(key.key, context, envelope.subarray(headerBytes)) : undefined
  if (plain === undefined) throw refuse.denied()
  return plain
}
