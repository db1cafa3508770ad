import { createHash } from 'node:crypto'
import type { JsonObject } from '../../core/json.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import {
  emptyTree,
  encodeHashes,
  growTree,
  leafHash,
  shrinkTree,
  tileHashes,
  tilesOf,
  tileWidth,
  treeRoot,
} from '../../core/transparency/index.ts'
import type { Checkpoint, TiledTree } from '../../core/transparency/index.ts'
import { anchoredHead, holdToAnchor, openOwn } from './anchor.ts'
import type { LogReader } from './anchor.ts'
import { refuse } from './errors.ts'
import { leafDigests, readHead, readLeaves, tileDigests } from './store.ts'
import type { StoredDigest, StoredHead } from './store.ts'
import { readLeaf } from './verify/index.ts'

/** The whole log as it was verified at one moment. Everything that is shown or served comes out of one of these. */
export interface LogView extends LeafTree {
  readonly origin: string
  readonly key: string
  /** The signed head, as served. */
  readonly checkpoint: string
  readonly size: number
  readonly root: Buffer
  /** When the head was signed, by the clock of the database. */
  readonly signedAt: Date
}

export interface Leaf {
  readonly bytes: Buffer
  readonly value: JsonObject
}

interface LeafTree {
  readonly leaves: readonly Leaf[]
  readonly tree: TiledTree
}

/**
 * Reads the log and verifies all of it: signature, root over every leaf, size, indices without a gap, the tiles, and
 * that it continues what this host has seen. With an earlier view only bundles of 256 leaves that differ from it are
 * fetched: the database hashes the others in place, and what is shown of them is the copy that was verified before.
 * @throws evidence.no_log, other_key, altered, rolled_back, forked
 */
export async function readLog(db: Database, log: LogReader, previous?: LogView): Promise<LogView> {
  // Read first: it follows commits, so a database that is looked at later has at least as much.
  const anchored = anchoredHead(log)
  return db.transaction(async tx => {
    await tx.query('set transaction isolation level repeatable read, read only')
    const stored = await readHead(tx)
    if (stored === undefined) {
      throw anchored === undefined ? refuse.no_log() : refuse.rolled_back({ detail: 'It is not there any more.' })
    }
    const head = openOwn(stored.checkpoint, log.verifier, 'The head in the database')
    const { leaves, tree } = await readStored(tx, previous)
    await holdToAnchor(anchored, head, old => startsWith(tree, old))
    if (tree.size === head.size) checkTiles(tree, await tileDigests(tx))
    checkTree(tree, head, stored)
    const { origin, size, root } = head
    const { checkpoint, signedAt } = stored
    return Object.freeze({ origin, key: log.verifier.encoded, checkpoint, size, root, signedAt, leaves, tree })
  })
}

/** Every leaf and the tree over it: those that differ from the earlier view as fetched now, the others as verified then. */
async function readStored(tx: Queryable, previous: LogView | undefined): Promise<LeafTree> {
  const bundles = await leafDigests(tx)
  const gap = bundles.findIndex(({ index, width }, i) => index !== i || (width < tileWidth && i < bundles.length - 1))
  if (gap >= 0) throw refuse.altered({ detail: `A leaf from ${gap * tileWidth} on is missing.` })
  const before: LeafTree = previous ?? { leaves: [], tree: emptyTree }
  const changed = bundles.findIndex(bundle => !holds(before.tree, bundle))
  const kept = bundles.slice(0, changed < 0 ? bundles.length : changed).reduce((sum, { width }) => sum + width, 0)
  const fetched = await readLeaves(tx, kept)
  const leaves = fetched.map(({ index, bytes }, i) => {
    if (index !== kept + i) throw refuse.altered({ detail: `Leaf ${kept + i} is missing.` })
    const value = readLeaf(bytes)
    if (value === undefined) throw refuse.altered({ detail: `Leaf ${index} is not canonical JSON.` })
    return Object.freeze({ bytes, value })
  })
  return {
    leaves: [...before.leaves.slice(0, kept), ...leaves],
    tree: growTree(
      shrinkTree(before.tree, kept),
      leaves.map(({ bytes }) => leafHash(bytes)),
    ),
  }
}

function checkTiles(tree: TiledTree, stored: readonly StoredDigest[]): void {
  const wrong = stored.find(tile => !holds(tree, tile))
  if (wrong !== undefined) {
    const span = tileWidth ** (wrong.level + 1)
    const leaves = `${wrong.index * span} to ${(wrong.index + 1) * span - 1}`
    throw refuse.altered({ detail: `Leaves ${leaves} and hash tile ${wrong.level}/${wrong.index} differ.` })
  }
  if (stored.length !== tilesOf(tree.size).length) throw refuse.altered({ detail: 'A hash tile is missing.' })
}

function checkTree(tree: TiledTree, head: Checkpoint, stored: StoredHead): void {
  if (tree.size !== head.size || stored.size !== head.size) {
    throw refuse.altered({ detail: `It has ${tree.size} leaves; ${head.size} were signed.` })
  }
  if (!treeRoot(tree).equals(head.root)) throw refuse.altered({ detail: 'The leaves do not give the signed root.' })
}

function startsWith(tree: TiledTree, { size, root }: Checkpoint): boolean {
  return size <= tree.size && treeRoot(shrinkTree(tree, size)).equals(root)
}

/** Whether a piece of the tree has this digest. */
function holds(tree: TiledTree, { level, index, width, digest }: StoredDigest): boolean {
  const there = (tree.levels[level]?.length ?? 0) >= index * tileWidth + width
  return (
    there &&
    createHash('sha256')
      .update(encodeHashes(tileHashes(tree, { level, index, width })))
      .digest()
      .equals(digest)
  )
}
