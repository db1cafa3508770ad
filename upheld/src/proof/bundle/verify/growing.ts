import { hash } from 'node:crypto'
import { edgeTiles, fullRoot, rootFromEdge, tileWidth } from '../../../core/transparency/index.ts'
import { refuse } from './errors.ts'

// The tree over the leaves of a bundle while they pass by. Kept are the hashes above level 0: 1/255 of all.

const hashBytes = 32
const lengthBytes = 2

export interface GrowingTree {
  /** The next level-0 tile, full unless it is the last. */
  add(tile: Buffer): void
  /** The tile of a level above 0, as tlog-tiles writes it. */
  tile(level: number, index: number, width: number): Buffer
  root(size: number): Buffer
  /** The hash at this place of this level, for proofs; level 0 only where the caller kept the tile. */
  hashAt(level: number, at: number): Buffer | undefined
}

export function growingTree(): GrowingTree {
  const levels: Buffer[][] = []
  let last: Buffer = Buffer.alloc(0)
  const push = (level: number, node: Buffer): void => {
    const nodes = (levels[level] ??= [])
    nodes.push(node)
    if (nodes.length % tileWidth === 0) push(level + 1, fullRoot(nodes.slice(-tileWidth)))
  }
  return Object.freeze({
    add(tile: Buffer) {
      last = tile
      if (tile.length === tileWidth * hashBytes) push(1, rootOfFull(tile))
    },
    tile: (level: number, index: number, width: number) =>
      Buffer.concat((levels[level] ?? []).slice(index * tileWidth, index * tileWidth + width)),
    root: (size: number) =>
      rootFromEdge(
        edgeTiles(size).map(({ level, index, width }) =>
          level === 0 ? split(last) : (levels[level] ?? []).slice(index * tileWidth, index * tileWidth + width),
        ),
      ),
    hashAt: (level: number, at: number) => levels[level]?.[at],
  })
}

export function split(tile: Buffer): Buffer[] {
  return Array.from({ length: tile.length / hashBytes }, (_, i) => tile.subarray(i * hashBytes, (i + 1) * hashBytes))
}

/** The root over the 256 hashes of a full tile; the tile stays as it is. */
function rootOfFull(tile: Buffer): Buffer {
  let count = tileWidth
  // One byte in front: each pair is hashed where it stands, after the byte that marks a node (RFC 6962) took the place
  // of one that was read before.
  const work = Buffer.alloc(1 + tile.length)
  tile.copy(work, 1)
  const [pairBytes, marked] = [2 * hashBytes, 2 * hashBytes + 1]
  for (; count > 1; count /= 2) {
    for (let pair = 0; pair < count / 2; pair += 1) {
      work[pair * pairBytes] = 1
      const node = hash('sha256', work.subarray(pair * pairBytes, pair * pairBytes + marked), 'buffer')
      node.copy(work, 1 + pair * hashBytes)
    }
  }
  return Buffer.from(work.subarray(1, 1 + hashBytes))
}

/** The leaves of an entry bundle (tlog-tiles) and their hashes, without a copy of each leaf. */
export interface Leaves {
  readonly leaves: readonly Buffer[]
  /** 32 bytes for each. */
  readonly hashes: Buffer
  /** All of them, with other bytes between them than the file had. */
  readonly bytes: Buffer
}

/**
 * Reads `width` leaves out of an entry bundle. The bytes are worked on in place.
 * @throws bundle.altered
 */
export function leavesOf(bytes: Buffer, width: number, path: string): Leaves {
  const leaves: Buffer[] = []
  const hashes = Buffer.alloc(width * hashBytes)
  let at = 0
  for (; leaves.length < width && at + lengthBytes <= bytes.length;) {
    const start = at + lengthBytes
    const end = start + bytes.readUInt16BE(at)
    if (end > bytes.length) break
    // The length is read: its place takes the byte that marks a leaf.
    bytes[start - 1] = 0
    hash('sha256', bytes.subarray(start - 1, end), 'buffer').copy(hashes, leaves.length * hashBytes)
    leaves.push(bytes.subarray(start, end))
    at = end
  }
  if (leaves.length !== width || at !== bytes.length) throw refuse.altered({ detail: `${path} is cut.` })
  return { leaves, hashes, bytes }
}
