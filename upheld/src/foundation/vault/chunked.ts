import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual, type KeyObject } from 'node:crypto'
import { assert } from '../../core/errors.ts'

// C2SP chunked-encryption v1, instance Cobblestone-256 (https://c2sp.org/chunked-encryption): HKDF-Expand-SHA-512 and
// AES-256-GCM. A message is a head (salt, commitment) and chunks of 16 KiB, the last of which is always shorter.

/** Bytes, but for `chunksMax`. */
export const cobblestone = Object.freeze({
  key: 32,
  salt: 24,
  /** Salt and commitment: what stands before the first chunk. */
  head: 56,
  tag: 16,
  chunk: 16_384,
  sealedChunk: 16_400,
  chunksMax: 2 ** 38,
})

const { salt: saltBytes, head: headBytes, tag: tagBytes, chunk: chunkBytes, sealedChunk, chunksMax } = cobblestone
const cipherName = 'aes-256-gcm'
const tagLength = { authTagLength: tagBytes }
const prefix = Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0', 'ascii')
/** Bytes of SHA-512: one block of HKDF-Expand. */
const block = 64
const keyEnd = 32
const nonceEnd = 44
const derivedBytes = 76

/** The key of one message. Whoever holds it for opening has seen the commitment match. */
export interface MessageKey {
  /** 76 bytes: key, base nonce and commitment. */
  readonly derived: Buffer
}

/**
 * HKDF-Expand-SHA-512 (RFC 5869 section 2.3): in half the time of the general function of Node, which extracts as well.
 * `key` is uniformly random; `info` comes in parts that are joined; `length` is at most 16,320 bytes.
 */
export function expand(key: KeyObject, info: readonly Uint8Array[], length: number): Buffer {
  assert(length <= 255 * block, 'HKDF expands to 255 blocks')
  let size = block + 1
  for (const part of info) size += part.length
  // The block before, info, counter: each block is one HMAC over it, the first without a block before.
  const input = Buffer.allocUnsafeSlow(size)
  let end = block
  for (const part of info) {
    input.set(part, end)
    end += part.length
  }
  const output = Buffer.allocUnsafeSlow(length)
  for (let at = 0, count = 1; at < length; at += block, count++) {
    input[end] = count
    const digest = createHmac('sha512', key)
      .update(count === 1 ? input.subarray(block) : input)
      .digest()
    output.set(length - at < block ? digest.subarray(0, length - at) : digest, at)
    input.set(digest, 0)
  }
  input.fill(0, 0, block)
  return output
}

function derive(key: KeyObject, salt: Uint8Array, context: Uint8Array): Buffer {
  assert(key.symmetricKeySize === cobblestone.key, 'the input key has 32 bytes')
  return expand(key, [prefix, salt, context], derivedBytes)
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
  assert(salt.length === saltBytes, 'the salt has 24 bytes')
  const derived = derive(key, salt, context)
  return { message: { derived }, head: Buffer.concat([salt, derived.subarray(nonceEnd)]) }
}

/**
 * The key of a message that begins with this head. Undefined when the commitment is not the one that key, salt and
 * context give: then no chunk may be touched, and without what this returns none can be.
 */
export function beginOpening(key: KeyObject, head: Uint8Array, context: Uint8Array): MessageKey | undefined {
  if (head.length !== headBytes) return undefined
  const derived = derive(key, head.subarray(0, saltBytes), context)
  return timingSafeEqual(derived.subarray(nonceEnd), head.subarray(saltBytes)) ? { derived } : undefined
}

/** The base nonce XOR the number of the chunk, of which the last five bytes can differ. */
function nonceOf({ derived }: MessageKey, index: number): Buffer {
  const base = derived.subarray(keyEnd, nonceEnd)
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
  assert(plain.length <= chunkBytes, 'a chunk has at most 16 KiB')
  const cipher = createCipheriv(cipherName, message.derived.subarray(0, keyEnd), nonceOf(message, index), tagLength)
  into.set(cipher.update(plain), at)
  cipher.final()
  into.set(cipher.getAuthTag(), at + plain.length)
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
  const decipher = createDecipheriv(cipherName, message.derived.subarray(0, keyEnd), nonceOf(message, index), tagLength)
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
  const { message, head } = beginSealing(key, salt, context)
  into.set(head, at)
  for (let index = 0, from = 0; from <= plain.length; index++, from += chunkBytes) {
    const place = at + headBytes + index * sealedChunk
    sealInto(message, index, plain.subarray(from, from + chunkBytes), into, place)
  }
  message.derived.fill(0)
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
  message.derived.fill(0)
  const [only] = chunks
  return chunks.length === 1 ? only : Buffer.concat(chunks, size)
}
