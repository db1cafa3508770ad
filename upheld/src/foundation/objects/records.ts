/**
 * The same bytes, cut anew: a first record of `leading` bytes unless that is 0, then records of `size` bytes, the last of
 * which may be shorter. Holds one record. A record is good until the next one is asked for.
 */
export async function* records(
  bytes: AsyncIterable<Uint8Array>,
  leading: number,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const held = Buffer.alloc(size)
  let heldBytes = 0
  let wanted = leading === 0 ? size : leading
  for await (const piece of bytes) {
    let at = 0
    while (at < piece.length) {
      if (heldBytes === 0 && piece.length - at >= wanted) {
        // Whole in this piece: taken where it lies.
        yield piece.subarray(at, at + wanted)
        at += wanted
        wanted = size
        continue
      }
      const taken = Math.min(wanted - heldBytes, piece.length - at)
      held.set(piece.subarray(at, at + taken), heldBytes)
      heldBytes += taken
      at += taken
      if (heldBytes < wanted) continue
      yield held.subarray(0, wanted)
      heldBytes = 0
      wanted = size
    }
  }
  if (heldBytes > 0) yield held.subarray(0, heldBytes)
}
