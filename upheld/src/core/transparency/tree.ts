import { assert } from '../errors.ts'
import { nodeHash, rootOver } from './merkle.ts'
import type { SubtreeHash } from './merkle.ts'
import { edgeTiles, tileWidth } from './tiles.ts'
import type { Tile } from './tiles.ts'

/** A whole tree in memory, kept as its tiles are: level L holds the roots of all full subtrees of 256^L leaves. */
export interface TiledTree {
  readonly size: number
  readonly levels: readonly (readonly Buffer[])[]
}

export const emptyTree: TiledTree = Object.freeze({ size: 0, levels: [] })

/** A new tree with more leaf hashes; the old one stays as it is and shares its hashes. */
export function growTree(tree: TiledTree, leaves: readonly Buffer[]): TiledTree {
  const levels: (readonly Buffer[])[] = []
  let more = leaves
  for (let level = 0; more.length > 0 || level < tree.levels.length; level += 1) {
    const before = tree.levels[level] ?? []
    const hashes = more.length === 0 ? before : [...before, ...more]
    levels.push(hashes)
    more = fullTiles(hashes, Math.floor(before.length / tileWidth))
  }
  return Object.freeze({ size: tree.size + leaves.length, levels })
}

/** The beginning of a tree, as it was when it had `size` leaves. */
export function shrinkTree(tree: TiledTree, size: number): TiledTree {
  assert(size <= tree.size, 'the beginning of a tree is no larger than the tree')
  const levels = tree.levels.map((hashes, level) => hashes.slice(0, Math.floor(size / tileWidth ** level)))
  return Object.freeze({ size, levels: levels.filter(hashes => hashes.length > 0) })
}

/** The hashes of one tile. The tree must hold it. */
export function tileHashes(tree: TiledTree, { level, index, width }: Tile): readonly Buffer[] {
  const hashes = tree.levels[level]?.slice(index * tileWidth, index * tileWidth + width) ?? []
  assert(hashes.length === width, 'a tile is read from a tree that holds it')
  return hashes
}

export function treeRoot(tree: TiledTree): Buffer {
  return rootFromEdge(edgeTiles(tree.size).map(tile => tileHashes(tree, tile)))
}

/** The root of a tree out of the partial tiles at its right edge, lowest level first (see `edgeTiles`). */
export function rootFromEdge(tiles: readonly (readonly Buffer[])[]): Buffer {
  const root = tiles.reduce<readonly Buffer[]>((below, hashes) => [rootOver([...hashes, ...below])], [])
  return root[0] ?? rootOver([])
}

/** For proofs: the subtrees that this tree keeps. */
export function subtreesOf(tree: TiledTree): SubtreeHash {
  return subtreeAt((level, at) => tree.levels[level]?.[at])
}

/** For proofs out of tiles: `hashAt` knows the hash at a place of a level, or does not. */
export function subtreeAt(hashAt: (level: number, at: number) => Buffer | undefined): SubtreeHash {
  return (start, end) => {
    const level = Math.round(Math.log(end - start) / Math.log(tileWidth))
    return end - start === tileWidth ** level ? hashAt(level, start / tileWidth ** level) : undefined
  }
}

/** The roots of the full tiles from the given one on. */
function fullTiles(hashes: readonly Buffer[], from: number): Buffer[] {
  const roots: Buffer[] = []
  for (let index = from; (index + 1) * tileWidth <= hashes.length; index += 1) {
    roots.push(fullRoot(hashes.slice(index * tileWidth, (index + 1) * tileWidth)))
  }
  return roots
}

/** The root of a full tile: halving its hashes eight times. */
export function fullRoot(hashes: readonly Buffer[]): Buffer {
  const [first, second, ...rest] = hashes
  assert(first !== undefined, 'a tile holds at least one hash')
  if (second === undefined) return first
  const pairs = [nodeHash(first, second)]
  for (let i = 0; i + 1 < rest.length; i += 2) {
    const [left, right] = [rest[i], rest[i + 1]]
    if (left !== undefined && right !== undefined) pairs.push(nodeHash(left, right))
  }
  return fullRoot(pairs)
}
