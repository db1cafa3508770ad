import { edgeTiles, openCheckpoint, rootFromEdge, tileWidth } from '../../../core/transparency/index.ts'
import type { Checkpoint, NoteVerifier } from '../../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import { growingTree, split } from './growing.ts'
import type { GrowingTree } from './growing.ts'

/** A head that the reader kept, and the root that the bundle's entries give at its size. */
export interface SeenRoots {
  /** A level-0 tile, once the tree holds it. */
  take(index: number, tile: Buffer, tree: GrowingTree): void
  head(): { readonly seen: Checkpoint; readonly root: Buffer | undefined } | undefined
}

/** @throws what `openCheckpoint` throws: the head must be one of the same log */
export function seenRoots(note: string | undefined, key: NoteVerifier): SeenRoots {
  const seen = note === undefined ? undefined : openCheckpoint(note, key)
  let root: Buffer | undefined = seen?.size === 0 ? growingTree().root(0) : undefined
  return Object.freeze({
    take(index: number, tile: Buffer, tree: GrowingTree) {
      if (seen === undefined || seen.size === 0 || Math.floor((seen.size - 1) / tileWidth) !== index) return
      const leaves = split(tile).slice(0, seen.size - index * tileWidth)
      if (leaves.length === seen.size - index * tileWidth) root = rootAt(seen.size, leaves, tree)
    },
    head: () => (seen === undefined ? undefined : { seen, root }),
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

/**
 * Whether the reader gave a head, which the log then continues.
 * @throws bundle.rolled_back, bundle.forked
 */
export function checkSeen(roots: SeenRoots, head: Checkpoint): boolean {
  const found = roots.head()
  if (found === undefined) return false
  const { seen, root } = found
  if (head.size < seen.size) {
    throw refuse.rolled_back({ detail: `It has ${head.size} entries; you have seen ${seen.size}.` })
  }
  if (root?.equals(seen.root) !== true) throw refuse.forked({ detail: `Its first ${seen.size} entries are others.` })
  return true
}
