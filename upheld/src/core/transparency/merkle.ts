import { hash } from 'node:crypto'
import { assert } from '../errors.ts'

// The Merkle tree of RFC 6962 section 2.1 and its proofs, checked as RFC 9162 sections 2.1.3.2 and 2.1.4.2 say.
// Sizes are numbers below 2^53, so nothing here shifts bits: those operators cut at 32.

export const hashBytes = 32

/**
 * The root over the leaves [start, end) when that is a whole subtree the caller keeps; undefined makes the walk go deeper.
 * A single leaf must always be known.
 */
export type SubtreeHash = (start: number, end: number) => Buffer | undefined

// One call for each hash: a hash object costs more than the hashing itself.
const [leafPrefix, nodePrefix] = [Buffer.of(0), Buffer.of(1)]

export function leafHash(leaf: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([leafPrefix, leaf]), 'buffer')
}

export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([nodePrefix, left, right]), 'buffer')
}

/** The root over these hashes, each taken as a leaf. The last may stand for fewer leaves than the others. */
export function rootOver(hashes: readonly Buffer[]): Buffer {
  if (hashes.length === 0) return hash('sha256', '', 'buffer')
  return hashRange((start, end) => (end - start === 1 ? hashes[start] : undefined), 0, hashes.length)
}

/** The audit path of one leaf, from its sibling up to the root's child. */
export function inclusionProof(subtree: SubtreeHash, index: number, size: number): Buffer[] {
  assert(index >= 0 && index < size, 'a leaf is proven only in a tree that holds it')
  const path: Buffer[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + splitOf(end - start)
    if (index < middle) {
      path.unshift(hashRange(subtree, middle, end))
      end = middle
    } else {
      path.unshift(hashRange(subtree, start, middle))
      start = middle
    }
  }
  return path
}

/** Shows that the tree of `size` begins with the tree of `oldSize`. */
export function consistencyProof(subtree: SubtreeHash, oldSize: number, size: number): Buffer[] {
  assert(oldSize >= 0 && oldSize <= size, 'a log only grows')
  if (oldSize === 0 || oldSize === size) return []
  const proof: Buffer[] = []
  let [start, end] = [0, size]
  while (end !== oldSize) {
    const middle = start + splitOf(end - start)
    if (oldSize <= middle) {
      proof.unshift(hashRange(subtree, middle, end))
      end = middle
    } else {
      proof.unshift(hashRange(subtree, start, middle))
      start = middle
    }
  }
  // The old root itself is known to whoever asks; any other subtree it ends in is not.
  return start === 0 ? proof : [hashRange(subtree, start, end), ...proof]
}

interface Inclusion {
  readonly index: number
  readonly size: number
  readonly leaf: Buffer
  readonly proof: readonly Buffer[]
  readonly root: Buffer
}

/** Whether the leaf hash stands at this index of the tree. */
export function provesInclusion({ index, size, leaf, proof, root }: Inclusion): boolean {
  if (index < 0 || index >= size) return false
  let [position, last, hash] = [index, size - 1, leaf]
  for (const sibling of proof) {
    if (last === 0) return false
    if (isOdd(position) || position === last) {
      hash = nodeHash(sibling, hash)
      while (!isOdd(position) && position !== 0) [position, last] = [half(position), half(last)]
    } else {
      hash = nodeHash(hash, sibling)
    }
    ;[position, last] = [half(position), half(last)]
  }
  return last === 0 && hash.equals(root)
}

interface Consistency {
  readonly oldSize: number
  readonly oldRoot: Buffer
  readonly size: number
  readonly root: Buffer
  readonly proof: readonly Buffer[]
}

/** Whether the old tree is a beginning of the new one. The empty tree begins every tree, by an empty proof. */
export function provesConsistency({ oldSize, oldRoot, size, root, proof }: Consistency): boolean {
  if (oldSize < 0 || oldSize > size) return false
  if (oldSize === size) return proof.length === 0 && oldRoot.equals(root)
  if (oldSize === 0) return proof.length === 0 && oldRoot.equals(rootOver([]))
  let [position, last] = [oldSize - 1, size - 1]
  while (isOdd(position)) [position, last] = [half(position), half(last)]
  const [first, ...rest] = position === 0 ? [oldRoot, ...proof] : proof
  if (first === undefined) return false
  let [oldHash, hash] = [first, first]
  for (const step of rest) {
    if (last === 0) return false
    if (isOdd(position) || position === last) {
      oldHash = nodeHash(step, oldHash)
      hash = nodeHash(step, hash)
      while (!isOdd(position) && position !== 0) [position, last] = [half(position), half(last)]
    } else {
      hash = nodeHash(hash, step)
    }
    ;[position, last] = [half(position), half(last)]
  }
  return last === 0 && oldHash.equals(oldRoot) && hash.equals(root)
}

function hashRange(subtree: SubtreeHash, start: number, end: number): Buffer {
  const known = subtree(start, end)
  if (known !== undefined) return known
  assert(end - start > 1, 'every leaf of a tree is known')
  const middle = start + splitOf(end - start)
  return nodeHash(hashRange(subtree, start, middle), hashRange(subtree, middle, end))
}

/** The largest power of two below `count`. */
function splitOf(count: number): number {
  let split = 1
  while (split * 2 < count) split *= 2
  return split
}

const isOdd = (value: number): boolean => value % 2 === 1
const half = (value: number): number => Math.floor(value / 2)
