import { edgeTiles, rootFromEdge, tileWidth } from '../../../core/transparency/index.ts'
import { growingTree, split } from './growing.ts'
import type { GrowingTree } from './growing.ts'

/** The roots that a tree had at some sizes, found while its leaves pass by. */
export interface Roots {
  /** A level-0 tile, once the tree holds it. */
  take(index: number, tile: Buffer, tree: GrowingTree): void
  /** The root at a size, and the hash of its last leaf; undefined when the tree never had this size. */
  at(size: number): { readonly root: Buffer; readonly last: Buffer | undefined } | undefined
}

export function rootsAt(sizes: readonly number[]): Roots {
  const wanted = Map.groupBy(new Set(sizes), size => Math.floor((size - 1) / tileWidth))
  const found = new Map<number, { readonly root: Buffer; readonly last: Buffer | undefined }>()
  found.set(0, { root: growingTree().root(0), last: undefined })
  return Object.freeze({
    take(index: number, tile: Buffer, tree: GrowingTree) {
      for (const size of wanted.get(index) ?? []) {
        const leaves = split(tile).slice(0, size - index * tileWidth)
        if (leaves.length === size - index * tileWidth) {
          found.set(size, { root: rootAt(size, leaves, tree), last: leaves.at(-1) })
        }
      }
    },
    at: (size: number) => found.get(size),
  })
}

/** The root that a tree had at a size in its last tile, of which the leaves up to that size are given. */
function rootAt(size: number, leaves: readonly Buffer[], tree: GrowingTree): Buffer {
  const above = (level: number, from: number, width: number): Buffer[] =>
    Array.from({ length: width }, (_, i) => tree.hashAt(level, from + i) ?? Buffer.of())
  return rootFromEdge(
    edgeTiles(size).map(({ level, index, width }) => (level === 0 ? leaves : above(level, index * tileWidth, width))),
  )
}
