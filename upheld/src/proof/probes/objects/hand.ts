import { cannotProbe } from '../../claims/index.ts'
import type { Bend } from '../../../custody.ts'

export type Blobs = Parameters<NonNullable<Bend['blobs']>>[0]

/**
 * Somebody's hand in the store of blobs. What it changes is what readers get, never what lies there: so it may be tried
 * on a running system.
 */
export interface Hand {
  readonly bend: Bend
  /** Every key that was written through it, in order. */
  readonly written: readonly string[]
  /** The bytes of a blob as they lie in the store. */
  raw(key: string): Promise<Buffer>
  /**
   * Readers get these bytes under this key for as long as `work` takes, and lists name it.
   * @throws claims.cannot_probe when nobody asked for them
   */
  laying<T>(key: string, bytes: Buffer, work: () => Promise<T>): Promise<T>
}

export function openHand(): Hand {
  const laid = new Map<string, Buffer>()
  const written: string[] = []
  let asked = 0
  let store: Blobs | undefined

  const found = (key: string): Buffer | undefined => {
    const bytes = laid.get(key)
    if (bytes !== undefined) asked += 1
    return bytes
  }
  const blobs = (honest: Blobs): Blobs => {
    store = honest
    return {
      ...honest,
      async put(key, bytes, options) {
        written.push(key)
        return honest.put(key, bytes, options)
      },
      async get(key, range) {
        const bytes = found(key)
        if (bytes === undefined) return honest.get(key, range)
        return inPieces(bytes.subarray(range?.start ?? 0, range?.end ?? bytes.length))
      },
      size: async key => found(key)?.length ?? honest.size(key),
      async *list(prefix) {
        const more = [...laid.keys()].filter(key => key.startsWith(prefix))
        for await (const key of honest.list(prefix)) if (!more.includes(key)) yield key
        yield* more
      },
    }
  }
  return Object.freeze({
    bend: { blobs },
    written,
    async raw(key: string) {
      const bytes = await store?.get(key)
      if (bytes === undefined) throw cannotProbe('A blob that was written is not in the store.')
      return collected(bytes)
    },
    async laying<T>(key: string, bytes: Buffer, work: () => Promise<T>) {
      const before = asked
      laid.set(key, bytes)
      try {
        const outcome = await work()
        if (asked === before) throw cannotProbe('What was laid into the store was not read.')
        return outcome
      } finally {
        laid.delete(key)
      }
    },
  })
}

export async function collected(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of bytes) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

/** In pieces that end nowhere in particular. */
async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 9_973) yield bytes.subarray(at, at + 9_973)
}
