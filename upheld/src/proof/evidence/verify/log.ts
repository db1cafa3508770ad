import {
  decodeEntries,
  encodeHashes,
  noteText,
  openCheckpoint,
  readLeaf,
  tileHashes,
  tilePath,
  tilesOf,
} from '../../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import { treeUnder, verified, verifierFor } from './bundle.ts'
import type { Verified, VerifyOptions } from './bundle.ts'

/** Gets one file of the log; refuses one of more than `bytesMax`. */
export type Get = (path: string, bytesMax: number) => Promise<Buffer>

const leavesMax = 1_000_000
const smallBytesMax = 64 * 1024
const bundleBytesMax = 256 * (2 + 16 * 1024)
const atOnceMax = 8

/**
 * Reads a whole log as C2SP tlog-tiles serves it and recomputes everything: leaves, every hash tile, root, signature.
 * Without a pinned key it takes the one that the log itself offers under `key`.
 * @throws verify.too_big, altered, not_pinned, and what opening a checkpoint and `get` throw
 */
export async function verifyLog(get: Get, { key: pinned, now }: VerifyOptions): Promise<Verified> {
  const keyText = noteText(await get('key', smallBytesMax))
  const verifier = verifierFor(keyText.endsWith('\n') ? keyText.slice(0, -1) : '', pinned)
  const checkpoint = noteText(await get('checkpoint', smallBytesMax))
  // Witnesses may have added their lines: what they say is a policy's to judge, and none is given here.
  const head = openCheckpoint(checkpoint, verifier)
  if (head.extensions.length > 0)
    throw refuse.altered({ detail: 'The checkpoint has lines that this log does not write.' })
  if (head.size > leavesMax)
    throw refuse.too_big({ detail: `It has ${head.size} leaves; at most ${leavesMax} are read.` })

  const tiles = tilesOf(head.size)
  const bundles = await inParts(
    tiles.filter(({ level }) => level === 0),
    async ({ index, width }) => {
      const path = tilePath({ level: 'entries', index, width })
      const entries = decodeEntries(await get(path, bundleBytesMax))
      if (entries.length !== width) throw refuse.altered({ detail: `${path} has ${entries.length} leaves.` })
      return entries
    },
  )
  const leaves = bundles.flat()
  const tree = treeUnder(head, leaves)
  await inParts(tiles, async tile => {
    const served = await get(tilePath(tile), smallBytesMax)
    if (!served.equals(encodeHashes(tileHashes(tree, tile)))) {
      throw refuse.altered({ detail: `${tilePath(tile)} does not belong to the leaves.` })
    }
  })
  const values = leaves.map((bytes, index) => {
    const value = readLeaf(bytes)
    if (value === undefined) throw refuse.altered({ detail: `Leaf ${index} is not canonical JSON.` })
    return value
  })
  return verified({ verifier, pinned: pinned !== undefined, checkpoint, head, leaves: values, now })
}

/** A few at a time, in order. */
async function inParts<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += atOnceMax) {
    results.push(...(await Promise.all(items.slice(at, at + atOnceMax).map(work))))
  }
  return results
}
