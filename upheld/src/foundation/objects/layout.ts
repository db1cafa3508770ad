import { z } from 'zod'
import { canonicalJson } from '../../core/json.ts'
import { cobblestone, openMessage, plainSize, sealMessage } from '../vault/index.ts'
import { contentType, objectName } from './names.ts'
import { contextOf, type Place } from './place.ts'

// A blob is a C2SP message (the content) and a trailer of 4096 bytes at its end: a clear head of 32 bytes and the sealed
// facts. The facts come last because nobody knows the length of a stream before its end; they are padded, so that a
// blob's size says nothing of the name. They repeat the head of the content's message, so that a range needs no more than
// the trailer and its own chunks.

/** Bytes. */
export const trailerBytes = 4096
const headBytes = 32
const factsBytes = trailerBytes - headBytes - cobblestone.head - cobblestone.tag

/** Magic, format 1, no flags, no schema yet. */
const opening = Buffer.from('UPHO\x01\0\0\0', 'latin1')

const factsForm = z.strictObject({
  name: objectName,
  content_type: contentType,
  length: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  created_at: z.iso.datetime({ precision: 3 }),
  message: z.string().regex(/^[0-9a-f]{112}$/),
})

/** What is known of an object beside its bytes. */
export interface ObjectFacts {
  readonly name: string
  readonly contentType: string
  /** Bytes of the content. */
  readonly length: number
  readonly createdAt: Date
  /** 32 hex digits, new at every `put`: kept beside the name, it tells an older copy of the same object from this one. */
  readonly version: string
}

/** What a trailer says, with what its reader needs to open the content. */
export interface Trailer {
  readonly facts: ObjectFacts
  readonly head: Buffer
  /** Salt and commitment of the content's message: 56 bytes. */
  readonly message: Buffer
}

/** `version` has 16 random bytes. */
export function headOf(place: Place, version: Uint8Array): Buffer {
  return Buffer.concat([opening, Buffer.from(place.key.id, 'hex'), version])
}

/** @param salt 24 random bytes of its own, not those of the content */
export function sealTrailer(place: Place, blobKey: string, trailer: Trailer, salt: Uint8Array): Buffer {
  const { name, contentType: type, length, createdAt } = trailer.facts
  const text = canonicalJson({
    name,
    content_type: type,
    length,
    created_at: createdAt.toISOString(),
    message: trailer.message.toString('hex'),
  })
  const padded = Buffer.alloc(factsBytes, ' ')
  padded.set(Buffer.from(text))
  const bytes = Buffer.alloc(trailerBytes)
  bytes.set(trailer.head)
  sealMessage(place.key.key, salt, contextOf(place, 'facts', blobKey, trailer.head), padded, bytes, headBytes)
  return bytes
}

/**
 * The trailer of a blob of `size` bytes that lies under `blobKey`. Undefined when it was not sealed for this place, key
 * and deployment, or when the blob has not the length that its facts say.
 */
export function openTrailer(place: Place, blobKey: string, size: number, bytes: Buffer): Trailer | undefined {
  const head = Buffer.from(bytes.subarray(0, headBytes))
  if (bytes.length !== trailerBytes || !head.subarray(0, 16).equals(headOf(place, Buffer.alloc(0)))) return undefined
  const context = contextOf(place, 'facts', blobKey, head)
  const text = openMessage(place.key.key, context, bytes.subarray(headBytes))
  if (text === undefined) return undefined
  const { name, content_type, length, created_at, message } = factsForm.parse(JSON.parse(text.toString()))
  if (plainSize(size - trailerBytes) !== length) return undefined
  const version = head.subarray(16).toString('hex')
  return {
    facts: Object.freeze({ name, contentType: content_type, length, createdAt: new Date(created_at), version }),
    head,
    message: Buffer.from(message, 'hex'),
  }
}
