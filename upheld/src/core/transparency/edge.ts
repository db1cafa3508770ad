import { fullRoot, rootFromEdge } from './tree.ts'
import { tileWidth } from './tiles.ts'

/** A tile with its hashes: 256 of them, or fewer at the right edge of a tree. */
export interface EdgeTile {
  readonly level: number
  readonly index: number
  readonly hashes: readonly Buffer[]
}

/** The partial tiles at the right edge of a tree, lowest level first: all that its next leaf, and its next root, depend on. */
type Edge = readonly EdgeTile[]

interface Grown {
  /** Every tile that changed, full ones and the new partial ones. */
  readonly tiles: readonly EdgeTile[]
  readonly edge: Edge
  readonly root: Buffer
}

/** What more leaves make of the tree of `size` leaves whose edge this is, given their hashes. */
export function growEdge(edge: Edge, size: number, leaves: readonly Buffer[]): Grown {
  const [changed, next]: [EdgeTile[], EdgeTile[]] = [[], []]
  const top = Math.max(-1, ...edge.map(({ level }) => level))
  let more = leaves
  for (let level = 0; more.length > 0 || level <= top; level += 1) {
    const before = edge.find(tile => tile.level === level)
    if (more.length === 0) {
      if (before !== undefined) next.push(before)
      continue
    }
    const hashes = [...(before?.hashes ?? []), ...more]
    const first = Math.floor(size / tileWidth ** (level + 1))
    const tiles = Array.from({ length: Math.ceil(hashes.length / tileWidth) }, (_, i) => ({
      level,
      index: first + i,
      hashes: hashes.slice(i * tileWidth, (i + 1) * tileWidth),
    }))
    changed.push(...tiles)
    next.push(...tiles.filter(tile => tile.hashes.length < tileWidth))
    more = tiles.filter(tile => tile.hashes.length === tileWidth).map(tile => fullRoot(tile.hashes))
  }
  return { tiles: changed, edge: next, root: rootFromEdge(next.map(tile => tile.hashes)) }
}
