import { nodeHash, rootOver } from './merkle.ts'
import { tileWidth } from './tiles.ts'

/** A tile with its hashes: 256 of them, or fewer at the right edge of a tree. */
export interface EdgeTile {
  readonly level: number
  readonly index: number
  readonly hashes: readonly Buffer[]
  /** The roots of its largest whole subtrees, from left to right: one for each bit of its width. Where they are known. */
  readonly peaks?: readonly Buffer[]
}

/** The partial tiles at the right edge of a tree, lowest level first: all that its next leaf, and its next root, depend on. */
type Edge = readonly EdgeTile[]

/** Its peaks are known; a full tile has one, its root. */
type GrownTile = EdgeTile & { readonly peaks: readonly Buffer[] }

interface Grown {
  /** Every tile that changed, full ones and the new partial ones. */
  readonly tiles: readonly GrownTile[]
  readonly edge: readonly GrownTile[]
  readonly root: Buffer
}

/**
 * What more leaves make of the tree of `size` leaves whose edge this is, given their hashes. With the peaks of the edge at
 * hand, one more hash for each leaf and a few for each level, however wide the edge is.
 */
export function growEdge(edge: Edge, size: number, leaves: readonly Buffer[]): Grown {
  const [changed, next]: [GrownTile[], GrownTile[]] = [[], []]
  const top = Math.max(-1, ...edge.map(({ level }) => level))
  let more = leaves
  for (let level = 0; more.length > 0 || level <= top; level += 1) {
    const before = edge.find(tile => tile.level === level)
    if (more.length === 0) {
      if (before !== undefined) next.push({ ...before, peaks: before.peaks ?? peaksOf([], 0, before.hashes) })
      continue
    }
    const tiles = grownTiles(level, Math.floor(size / tileWidth ** (level + 1)), before, more)
    changed.push(...tiles)
    next.push(...tiles.filter(tile => tile.hashes.length < tileWidth))
    more = tiles.filter(tile => tile.hashes.length === tileWidth).flatMap(({ peaks }) => peaks)
  }
  return { tiles: changed, edge: next, root: rootOverPeaks(next) }
}

function grownTiles(
  level: number,
  first: number,
  before: EdgeTile | undefined,
  more: readonly Buffer[],
): readonly GrownTile[] {
  const known = before?.hashes ?? []
  const hashes = [...known, ...more]
  return Array.from({ length: Math.ceil(hashes.length / tileWidth) }, (_, i) => {
    const own = hashes.slice(i * tileWidth, (i + 1) * tileWidth)
    const peaks =
      i === 0 && before?.peaks !== undefined
        ? peaksOf(before.peaks, known.length, own.slice(known.length))
        : peaksOf([], 0, own)
    return { level, index: first + i, hashes: own, peaks }
  })
}

/** The peaks over `width` hashes, once more have come. */
function peaksOf(before: readonly Buffer[], width: number, more: readonly Buffer[]): readonly Buffer[] {
  const peaks = [...before]
  for (const [at, hash] of more.entries()) {
    let peak = hash
    // As adding one carries in a binary number.
    for (let count = width + at; count % 2 === 1; count = (count - 1) / 2) {
      const left = peaks.pop()
      if (left !== undefined) peak = nodeHash(left, peak)
    }
    peaks.push(peak)
  }
  return peaks
}

/** RFC 6962: the root splits off the largest whole subtree on the left, again and again. */
function rootOverPeaks(edge: readonly GrownTile[]): Buffer {
  const [last, ...before] = edge.flatMap(({ peaks }) => peaks.toReversed())
  return last === undefined ? rootOver([]) : before.reduce((right, left) => nodeHash(left, right), last)
}
