import { randomBytes } from 'node:crypto'
import { beginSealing, cobblestone, forManyChunks, sealPieces, wipe } from '../vault/index.ts'
import { refuse } from './errors.ts'
import { headOf, sealTrailer, type ObjectFacts } from './layout.ts'
import { contextOf, type Place } from './place.ts'

const { chunk: chunkBytes, salt: saltBytes } = cobblestone

interface Writing {
  readonly place: Place
  readonly blobKey: string
  readonly name: string
  readonly contentType: string
  readonly createdAt: Date
  /** 16 bytes, where the object keeps the one that it has; new random ones when left out. */
  readonly version?: Uint8Array
  /** Bytes of content. */
  readonly bytesMax: number
  /** Told when the last byte of content has been read. */
  readonly done: (facts: ObjectFacts) => void
}

/**
 * The blob of one object, from its content: 16 KiB are held at a time.
 * @throws objects.too_large, and whatever the content's own stream throws; then no trailer was written, so what there is
 *   is no object
 */
export async function* sealObject(content: AsyncIterable<Uint8Array>, writing: Writing): AsyncGenerator<Uint8Array> {
  const { place, blobKey, name, contentType, createdAt, version, bytesMax } = writing
  const head = headOf(place, version ?? randomBytes(16))
  const context = contextOf(place, 'content', blobKey, head)
  const { message: one, head: messageHead } = beginSealing(place.key.key, randomBytes(saltBytes), context)
  const message = forManyChunks(one)
  yield messageHead
  const held = Buffer.alloc(chunkBytes)
  let heldBytes = 0
  let length = 0
  let index = 0
  for await (const piece of content) {
    length += piece.length
    if (length > bytesMax) throw refuse.too_large()
    let at = 0
    // What is left of the piece before is filled up first; whole chunks are then sealed where they lie.
    if (heldBytes > 0) {
      at = Math.min(chunkBytes - heldBytes, piece.length)
      held.set(piece.subarray(0, at), heldBytes)
      heldBytes += at
      if (heldBytes === chunkBytes) {
        const [sealed, tag] = sealPieces(message, index++, held)
        yield sealed
        yield tag
        heldBytes = 0
      }
    }
    for (; piece.length - at >= chunkBytes; at += chunkBytes) {
      const [sealed, tag] = sealPieces(message, index++, piece.subarray(at, at + chunkBytes))
      yield sealed
      yield tag
    }
    held.set(piece.subarray(at), heldBytes)
    heldBytes += piece.length - at
  }
  yield* sealPieces(message, index, held.subarray(0, heldBytes))
  wipe(message)
  held.fill(0)
  const facts: ObjectFacts = Object.freeze({
    name,
    contentType,
    length,
    createdAt,
    version: head.subarray(16).toString('hex'),
  })
  yield sealTrailer(place, blobKey, { facts, head, message: messageHead }, randomBytes(saltBytes))
  writing.done(facts)
}
