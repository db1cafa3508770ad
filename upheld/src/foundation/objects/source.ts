/** A stream that is being stored, and whether it was the stream that failed and not the store. */
interface Source {
  readonly bytes: AsyncIterable<Uint8Array>
  /** What the stream threw, if it threw; otherwise what `otherwise` makes of the store's own failure. */
  blame(thrown: unknown, otherwise: (thrown: unknown) => unknown): unknown
}

/** So that an error of whoever sends the bytes reaches whoever asked, as it was, and is not called a failure of the store. */
export function sourceOf(bytes: AsyncIterable<Uint8Array>): Source {
  const failures: unknown[] = []
  const watched = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    const iterator = bytes[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await iterator.next().catch((thrown: unknown) => {
          failures.push(thrown)
          throw thrown
        })
        if (next.done === true) return
        yield next.value
      }
    } finally {
      await iterator.return?.()
    }
  }
  return {
    bytes: watched(),
    blame: (thrown, otherwise) => (failures.includes(thrown) ? thrown : otherwise(thrown)),
  }
}
