import { beginOpening, cobblestone, forManyChunks, openChunk, wipe, type MessageKey } from '../vault/index.ts'
import { refuse } from './errors.ts'
import { openTrailer, trailerBytes, type Trailer } from './layout.ts'
import { contextOf, type Place } from './place.ts'
import type { Blobs } from './ports.ts'
import { records } from './records.ts'

const { chunk: chunkBytes, head: messageHeadBytes, sealedChunk, tag: tagBytes } = cobblestone
const sizesTriedMax = 3

/** One object as it lies there: its trailer was opened, so it is what was put under this name. */
export interface Found {
  readonly blobs: Blobs
  readonly place: Place
  readonly blobKey: string
  readonly trailer: Trailer
}

/**
 * The object under this blob key; undefined when there is none. Asks for the size and the last 4096 bytes.
 * @throws objects.altered
 */
export async function findObject(blobs: Blobs, place: Place, blobKey: string): Promise<Found | undefined> {
  for (let tries = 1; ; tries += 1) {
    const size = await blobs.size(blobKey)
    if (size === undefined) return undefined
    const start = size - trailerBytes
    if (start < messageHeadBytes + tagBytes) throw refuse.altered()
    const tail = await blobs.get(blobKey, { start, end: size })
    if (tail === undefined) return undefined
    const trailer = openTrailer(place, blobKey, size, await whole(tail, trailerBytes))
    if (trailer !== undefined) return { blobs, place, blobKey, trailer }
    // Between the two questions another version may have come in its place, of another size.
    if (tries === sizesTriedMax || (await blobs.size(blobKey)) === size) throw refuse.altered()
  }
}

/**
 * Bytes `start` to `end` (exclusive) of the content, each given out only after its chunk was found genuine. Asks for the
 * chunks that it needs and no others; a reader who goes on to the end has seen the end authenticated too.
 * @throws objects.altered; objects.changed when another version has taken its place since it was found
 */
export function readContent(found: Found, start: number, end: number): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => opened(found, start, end) }
}

async function* opened(found: Found, start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
  const { blobs, place, blobKey, trailer } = found
  const context = contextOf(place, 'content', blobKey, trailer.head)
  const message = beginOpening(place.key.key, trailer.message, context)
  if (message === undefined) throw refuse.altered()
  try {
    const span = spanOf(trailer.facts.length, start, end)
    const sealed = await blobs.get(blobKey, { start: span.from, end: span.to })
    if (sealed === undefined) throw refuse.changed()
    yield* openChunks(found, span.first === span.last ? message : forManyChunks(message), span, sealed)
  } finally {
    wipe(message)
  }
}

interface Span {
  readonly first: number
  readonly last: number
  /** Bytes of the blob, `to` exclusive. */
  readonly from: number
  readonly to: number
  /** Bytes of the content, `end` exclusive. */
  readonly start: number
  readonly end: number
}

/** Which chunks hold these bytes. A read to the end takes the last chunk along, which may be empty and says that it is the end. */
function spanOf(length: number, start: number, end: number): Span {
  const final = Math.floor(length / chunkBytes)
  const first = Math.min(Math.floor(start / chunkBytes), final)
  const last = end === length ? final : Math.max(Math.floor((end - 1) / chunkBytes), first)
  const chunkAt = (index: number): number => messageHeadBytes + index * sealedChunk
  return {
    first,
    last,
    from: first === 0 ? 0 : chunkAt(first),
    to: last === final ? chunkAt(final) + (length % chunkBytes) + tagBytes : chunkAt(last + 1),
    start,
    end,
  }
}

async function* openChunks(
  found: Found,
  message: MessageKey,
  span: Span,
  sealed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const leading = span.first === 0 ? messageHeadBytes : 0
  let index = span.first
  let leads = leading > 0
  for await (const record of records(sealed, leading, sealedChunk)) {
    if (leads) {
      leads = false
      if (!found.trailer.message.equals(record)) throw await whyNot(found)
      continue
    }
    const plain = index <= span.last ? openChunk(message, index, record) : undefined
    if (plain === undefined) throw await whyNot(found)
    const at = index * chunkBytes
    const part = plain.subarray(Math.max(span.start - at, 0), Math.max(span.end - at, 0))
    index += 1
    if (part.length > 0) yield part
  }
  if (index !== span.last + 1) throw await whyNot(found)
}

/** What did not open may be altered, or a newer version that took its place after its trailer was read. */
async function whyNot(found: Found): Promise<Error> {
  const now = await findObject(found.blobs, found.place, found.blobKey)
  return now?.trailer.facts.version === found.trailer.facts.version ? refuse.altered() : refuse.changed()
}

/** At most this many bytes; whoever sends more is not listened to. */
async function whole(bytes: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of bytes) {
    size += piece.length
    if (size > most) break
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
