import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto'
import { assert } from '../../core/errors.ts'

// C2SP chunked-encryption v1, instance Cobblestone-256 (https://c2sp.org/chunked-encryption): HKDF-Expand-SHA-512 and
// AES-256-GCM. A message is a head (salt, commitment) and chunks of 16 KiB, the last of which is always shorter.

/** Bytes, but for `chunksMax`. */
export const cobblestone = Object.freeze({
  key: 32,
  salt: 24,
  commitment: 32,
  /** Salt and commitment: what stands before the first chunk. */
  head: 56,
  tag: 16,
  chunk: 16_384,
  sealedChunk: 16_400,
  chunksMax: 2 ** 38,
})

const {
  salt: saltBytes,
  commitment: commitmentBytes,
  head: headBytes,
  tag: tagBytes,
  chunk: chunkBytes,
  sealedChunk,
  chunksMax,
} = cobblestone
const cipherName = 'aes-256-gcm'
const tagLength = { authTagLength: tagBytes }
const prefix = Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0', 'ascii')
const keyBytes = cobblestone.key
const nonceEnd = keyBytes + 12
/** Bytes of SHA-512: one block of HKDF-Expand. */
const block = 64
/** How much of the commitment is in the first block. */
const early = block - nonceEnd

/** Of one message: 76 bytes in two blocks. Whoever holds it for opening has seen the commitment match. */
export interface MessageKey {
  /** Key, base nonce, first 20 bytes of the commitment. */
  readonly first: Buffer
  /** Begins with the other 12 bytes of the commitment. */
  readonly second: Buffer
  /** The key, where it was made ready for many chunks. */
  readonly ready?: KeyObject
}

/** Of nobody for longer than one call: a new buffer for each derivation would cost a tenth of it. */
const scratch = Buffer.allocUnsafeSlow(1024)

/**
 * `count` blocks of HKDF-Expand-SHA-512 (RFC 5869 section 2.3), 1 to 255: in half the time of Node's own function, which
 * extracts as well. `key` is uniformly random; `info` comes in parts that are joined.
 */
export function expand(key: KeyObject, info: readonly Uint8Array[], count: number): Buffer[] {
  assert(count <= 255, 'HKDF expands to 255 blocks')
  let end = block
  for (const part of info) end += part.length
  // The block before, info, number: each block is one HMAC over it, the first without a block before.
  const input = end < scratch.length ? scratch.subarray(0, end + 1) : Buffer.allocUnsafeSlow(end + 1)
  let at = block
  for (const part of info) {
    input.set(part, at)
    at += part.length
  }
  const blocks: Buffer[] = []
  for (let number = 1; number <= count; number++) {
    input[end] = number
    const piece = number === 1 ? input.subarray(block) : input
    const made = createHmac('sha512', key).update(piece).digest()
    if (number < count) input.set(made, 0)
    blocks.push(made)
  }
  input.fill(0, 0, block)
  return blocks
}

function derive(key: KeyObject, salt: Uint8Array, context: Uint8Array): MessageKey {
  assert(key.symmetricKeySize === keyBytes, 'the input key has 32 bytes')
  const [first, second] = expand(key, [prefix, salt, context], 2)
  assert(first !== undefined && second !== undefined, 'two blocks were asked for')
  return { first, second }
}

/**
 * Begins a message: its key and its head of 56 bytes. `salt` has 24 random bytes that are never used twice with this
 * key.
 */
export function beginSealing(
  key: KeyObject,
  salt: Uint8Array,
  context: Uint8Array,
): { readonly message: MessageKey; readonly head: Buffer } {
  const head = Buffer.allocUnsafeSlow(headBytes)
  return { message: beginInto(key, salt, context, head, 0), head }
}

function beginInto(key: KeyObject, salt: Uint8Array, context: Uint8Array, into: Buffer, at: number): MessageKey {
  assert(salt.length === saltBytes, 'the salt has 24 bytes')
  const message = derive(key, salt, context)
  into.set(salt, at)
  message.first.copy(into, at + saltBytes, nonceEnd)
  message.second.copy(into, at + saltBytes + early, 0, commitmentBytes - early)
  return message
}

/**
 * The key of a message that begins with this head. Undefined when the commitment is not the one that key, salt and
 * context give: then no chunk may be touched, and without what this returns none can be.
 */
export function beginOpening(key: KeyObject, head: Uint8Array, context: Uint8Array): MessageKey | undefined {
  if (head.length !== headBytes) return undefined
  const message = derive(key, head.subarray(0, saltBytes), context)
  const middle = saltBytes + early
  const begins = timingSafeEqual(message.first.subarray(nonceEnd), head.subarray(saltBytes, middle))
  const ends = timingSafeEqual(message.second.subarray(0, commitmentBytes - early), head.subarray(middle))
  // Both are looked at, whatever the first said: 1 & 1.
  return Number(begins) & Number(ends) ? message : undefined
}

/** The same key, made ready once: a tenth less for each chunk, and more than it saves where there is only one. */
export function forManyChunks(message: MessageKey): MessageKey {
  return { ...message, ready: createSecretKey(message.first.subarray(0, keyBytes)) }
}

function cipherKey({ first, ready }: MessageKey): Uint8Array | KeyObject {
  return ready ?? first.subarray(0, keyBytes)
}

/** Overwrites the key of a message that is over; what was made ready of it is wiped by Node when it lets go of it. */
export function wipe({ first, second }: MessageKey): void {
  first.fill(0)
  second.fill(0)
}

/** The base nonce XOR the number of the chunk, of which the last five bytes can differ. */
function nonceOf({ first }: MessageKey, index: number): Buffer {
  const base = first.subarray(keyBytes, nonceEnd)
  if (index === 0) return base
  assert(Number.isSafeInteger(index) && index > 0 && index < chunksMax, 'a message has at most 2^38 chunks')
  const nonce = Buffer.from(base)
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ (index % 2 ** 32)) >>> 0, 8)
  nonce.writeUInt8(nonce.readUInt8(7) ^ Math.floor(index / 2 ** 32), 7)
  return nonce
}

/**
 * Seals chunk `index`: 16 KiB, or less and then it is the last. Writes as many bytes and a tag of 16 more into `into`
 * at `at`.
 */
function sealInto(message: MessageKey, index: number, plain: Uint8Array, into: Buffer, at: number): void {
  const [sealed, tag] = sealPieces(message, index, plain)
  into.set(sealed, at)
  into.set(tag, at + plain.length)
}

/**
 * Seals chunk `index` and leaves it in two pieces, ciphertext and tag: for streams, where joining them would cost half as
 * much again as the sealing.
 */
export function sealPieces(message: MessageKey, index: number, plain: Uint8Array): readonly [Buffer, Buffer] {
  assert(plain.length <= chunkBytes, 'a chunk has at most 16 KiB')
  const cipher = createCipheriv(cipherName, cipherKey(message), nonceOf(message, index), tagLength)
  const sealed = cipher.update(plain)
  cipher.final()
  return [sealed, cipher.getAuthTag()]
}

/** Seals chunk `index`: 16 KiB, or less and then it is the last. Gives 16 bytes more. */
export function sealChunk(message: MessageKey, index: number, plain: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafeSlow(plain.length + tagBytes)
  sealInto(message, index, plain, sealed, 0)
  return sealed
}

/** Opens chunk `index`. Undefined when it is not what was sealed there: nothing of it is given away. */
export function openChunk(message: MessageKey, index: number, sealed: Uint8Array): Buffer | undefined {
  const end = sealed.length - tagBytes
  if (end < 0 || end > chunkBytes) return undefined
  const decipher = createDecipheriv(cipherName, cipherKey(message), nonceOf(message, index), tagLength)
  decipher.setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(0, end))
  try {
    decipher.final()
    return plain
  } catch {
    plain.fill(0)
    return undefined
  }
}

/** How many bytes a message of `plain` bytes has when sealed. */
export function sealedSize(plain: number): number {
  return headBytes + plain + (Math.floor(plain / chunkBytes) + 1) * tagBytes
}

/** How many bytes a sealed message of `sealed` bytes holds. Undefined when no message has that size. */
export function plainSize(sealed: number): number | undefined {
  const body = sealed - headBytes
  const last = body % sealedChunk
  return body < 0 || last < tagBytes ? undefined : Math.floor(body / sealedChunk) * chunkBytes + last - tagBytes
}

/** Seals a whole message into `into` at `at`: `sealedSize` bytes. */
export function sealMessage(
  key: KeyObject,
  salt: Uint8Array,
  context: Uint8Array,
  plain: Uint8Array,
  into: Buffer,
  at = 0,
): void {
  const message = beginInto(key, salt, context, into, at)
  for (let index = 0, from = 0; from <= plain.length; index++, from += chunkBytes) {
    const place = at + headBytes + index * sealedChunk
    sealInto(message, index, plain.length < chunkBytes ? plain : plain.subarray(from, from + chunkBytes), into, place)
  }
  wipe(message)
}

/** Opens a whole message, or gives nothing of it at all. */
export function openMessage(key: KeyObject, context: Uint8Array, sealed: Uint8Array): Buffer | undefined {
  const size = plainSize(sealed.length)
  if (size === undefined) return undefined
  const message = beginOpening(key, sealed.subarray(0, headBytes), context)
  if (message === undefined) return undefined
  const chunks: Buffer[] = []
  for (let index = 0, from = headBytes; from < sealed.length; index++, from += sealedChunk) {
    const chunk = openChunk(message, index, sealed.subarray(from, from + sealedChunk))
    if (chunk === undefined) {
      for (const opened of chunks) opened.fill(0)
      return undefined
    }
    chunks.push(chunk)
  }
  wipe(message)
  const [only] = chunks
  return chunks.length === 1 ? only : Buffer.concat(chunks, size)
}
