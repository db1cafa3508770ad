import type { Queryable } from '../../core/ports.ts'
import {
  consistencyProof,
  edgeTiles,
  provesConsistency,
  rootFromEdge,
  subtreeAt,
  tileWidth,
} from '../../core/transparency/index.ts'
import type { Checkpoint, Tile } from '../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import { readTiles } from './store.ts'
import type { StoredTile } from './store.ts'

/** The partial tiles at the right edge of the tree: all that the next leaf, and the next root, depend on. */
export type Edge = readonly StoredTile[]

/**
 * The edge of the tree under this head.
 * @throws evidence.altered when the stored tiles do not give its root
 */
export async function readEdge(tx: Queryable, { size, root }: Checkpoint): Promise<Edge> {
  const wanted = edgeTiles(size)
  const stored = await readTiles(tx, wanted)
  const edge = wanted.map(({ level, index, width }) => {
    const hashes = stored.find(tile => tile.level === level && tile.index === index)?.hashes ?? []
    if (hashes.length !== width) throw refuse.altered({ detail: `Hash tile ${level}/${index} has another width.` })
    return { level, index, hashes }
  })
  if (!rootFromEdge(edge.map(({ hashes }) => hashes)).equals(root)) {
    throw refuse.altered({ detail: 'The hash tiles do not give the signed root.' })
  }
  return edge
}

/** Whether the tree under `head` begins with the one under `old`. Both roots are proven, so no stored tile can lie. */
export async function continues(tx: Queryable, old: Checkpoint, head: Checkpoint): Promise<boolean> {
  if (old.size === 0) return true
  const stored = await readTiles(tx, [...tilesAround(old.size, head.size), ...tilesAround(head.size, head.size)])
  const known = subtreeAt((level, at) => {
    const tile = stored.find(({ level: of, index }) => of === level && index === Math.floor(at / tileWidth))
    return tile?.hashes[at % tileWidth]
  })
  const subtree = (start: number, end: number): Buffer | undefined => {
    const hash = known(start, end)
    if (hash === undefined && end - start === 1)
      throw refuse.altered({ detail: `The hash of leaf ${start} is missing.` })
    return hash
  }
  const proof = consistencyProof(subtree, old.size, head.size)
  return provesConsistency({ oldSize: old.size, oldRoot: old.root, size: head.size, root: head.root, proof })
}

/** On every level of a tree of `size` leaves, the tile above the last of the first `count` leaves. */
function tilesAround(count: number, size: number): Tile[] {
  const tiles: Tile[] = []
  for (let level = 0; Math.floor(size / tileWidth ** level) > 0; level += 1) {
    tiles.push({ level, index: Math.floor((count - 1) / tileWidth ** (level + 1)), width: tileWidth })
  }
  return tiles
}
