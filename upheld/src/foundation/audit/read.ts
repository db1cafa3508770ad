import { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import {
  decodeHashes,
  emptyTree,
  growTree,
  isObject,
  leafHash,
  readLeaf,
  tileHashes,
  tilesOf,
  treeRoot,
} from '../../core/transparency/index.ts'
import type { TiledTree } from '../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import { openOwn } from './heads.ts'
import type { LogKeys } from './keys.ts'

/** A log as it was verified at one moment. */
export interface AuditView {
  readonly origin: string
  /** The key that signed the head. */
  readonly key: string
  readonly checkpoint: string
  readonly size: number
  readonly root: Buffer
  /** Leaves below were pruned; their hashes are in the tree. */
  readonly minimumIndex: number
  readonly leaves: readonly AuditLeaf[]
  readonly tree: TiledTree
}

export interface AuditLeaf {
  readonly index: number
  readonly bytes: Buffer
  readonly value: JsonObject
}

const count = z.coerce.number().int().min(0)
const bytes = z.instanceof(Buffer)
const heads = z.array(
  z.object({
    id: z.coerce.string(),
    origin: z.string(),
    verifier_key: z.string(),
    key_epoch: z.int(),
    checkpoint: z.string(),
    size: count,
    minimum_index: count,
  }),
)
const leafRows = z.array(
  z.object({
    index: count,
    id: z.string(),
    action: z.string(),
    actor_type: z.string(),
    actor_id: z.string(),
    object: z.string().nullable(),
    outcome: z.string().nullable(),
    bytes,
  }),
)
const tileRows = z.array(z.object({ level: z.int(), index: count, hashes: bytes }))

/**
 * The open log of an organization, or with null the anchor log, read at one moment and verified whole: signature, every
 * leaf, every tile, size, indices without a gap, times that never fall. Tells where it does not hold.
 * @throws audit.no_log, altered, other_key
 */
export async function readAuditLog(db: Database, organization: string | null, keys: LogKeys): Promise<AuditView> {
  return db.transaction(async tx => {
    await tx.query('set transaction isolation level repeatable read, read only')
    const { rows } = await tx.query(
      `select id, origin, verifier_key, key_epoch, checkpoint, size, minimum_index from upheld_audit.log
       where organization_id is not distinct from $1 and closed_at is null`,
      [organization],
    )
    const [log] = heads.parse(rows)
    if (log === undefined) throw refuse.no_log()
    const head = openOwn(log.checkpoint, log.origin, log.key_epoch, keys)
    if (head.size !== log.size) throw refuse.altered({ detail: 'The size beside the head is another.' })
    const { leaves, misfiled } = await readLeaves(tx, log.id, log.minimum_index, head.size)
    const tree = await readTree(tx, log.id, log.minimum_index, leaves)
    if (tree.size !== head.size)
      throw refuse.altered({ detail: `It has ${tree.size} leaves; ${head.size} were signed.` })
    if (!treeRoot(tree).equals(head.root)) throw refuse.altered({ detail: 'The leaves do not give the signed root.' })
    // Of leaves that are those that were signed, the columns that say something else are what was altered.
    if (misfiled !== undefined) throw refuse.altered({ detail: `Leaf ${misfiled} is filed as another.` })
    return Object.freeze({
      origin: log.origin,
      key: keys.signer(log.origin, log.key_epoch).verifier.encoded,
      checkpoint: log.checkpoint,
      size: head.size,
      root: head.root,
      minimumIndex: log.minimum_index,
      leaves,
      tree,
    })
  })
}

async function readLeaves(
  tx: Queryable,
  log: string,
  from: number,
  size: number,
): Promise<{ readonly leaves: readonly AuditLeaf[]; readonly misfiled: number | undefined }> {
  let misfiled: number | undefined
  const { rows } = await tx.query(
    `select index, id, action, actor_type, actor_id, object, outcome, bytes
     from upheld_audit.leaf where log = $1 order by index`,
    [log],
  )
  let last = ''
  const leaves = leafRows.parse(rows).map((row, i) => {
    if (row.index !== from + i) throw refuse.altered({ detail: `Leaf ${from + i} is missing.` })
    const value = readLeaf(row.bytes)
    if (value === undefined) throw refuse.altered({ detail: `Leaf ${row.index} is not canonical JSON.` })
    const [id, received] = [value['id'], value['received_at']]
    if (typeof id === 'string' && id !== row.id)
      throw refuse.altered({ detail: `Leaf ${row.index} is filed as another.` })
    if (typeof received === 'string' && received < last) {
      throw refuse.altered({ detail: `Leaf ${row.index} was received before the one before it.` })
    }
    last = typeof received === 'string' ? received : last
    if (misfiled === undefined && !isFiledAs(value, row)) misfiled = row.index
    return Object.freeze({ index: row.index, bytes: row.bytes, value })
  })
  if (leaves.length !== size - from)
    throw refuse.altered({ detail: `${leaves.length} leaves are there; ${size - from} were signed.` })
  return { leaves, misfiled }
}

/** Whether the columns under which an entry is found say what it says. Other leaves than entries say nothing of the kind. */
function isFiledAs(value: JsonObject, row: z.output<typeof leafRows>[number]): boolean {
  if (value['type'] !== 'upheld/audit@v1') return true
  const { action, actor, object = null, outcome = null } = value
  return (
    action === row.action &&
    isObject(actor) &&
    actor['type'] === row.actor_type &&
    actor['id'] === row.actor_id &&
    object === row.object &&
    outcome === row.outcome
  )
}

/** The tree over all leaves, those that were pruned by the hashes in their tiles, once every stored tile is a part of it. */
async function readTree(tx: Queryable, log: string, from: number, leaves: readonly AuditLeaf[]): Promise<TiledTree> {
  const { rows } = await tx.query(
    'select level, index, hashes from upheld_audit.tile where log = $1 order by level, index',
    [log],
  )
  const tiles = tileRows.parse(rows)
  const pruned = tiles.filter(({ level, index }) => level === 0 && index * 256 < from)
  if (pruned.length * 256 !== from) throw refuse.altered({ detail: 'A hash tile of pruned leaves is missing.' })
  const hashes = [...pruned.flatMap(tile => decodeHashes(tile.hashes)), ...leaves.map(leaf => leafHash(leaf.bytes))]
  const tree = growTree(emptyTree, hashes)
  const full = tilesOf(tree.size).filter(({ width }) => width === 256)
  for (const tile of full) {
    const stored = tiles.find(({ level, index }) => level === tile.level && index === tile.index)
    if (stored === undefined) throw refuse.altered({ detail: `Hash tile ${tile.level}/${tile.index} is missing.` })
    const wrong = tileHashes(tree, tile).findIndex(
      (hash, i) => !hash.equals(stored.hashes.subarray(i * 32, i * 32 + 32)),
    )
    if (wrong >= 0) {
      const place =
        tile.level === 0 ? `Leaf ${tile.index * 256 + wrong}` : `Hash ${wrong} of tile ${tile.level}/${tile.index}`
      throw refuse.altered({ detail: `${place} is not the one that was logged.` })
    }
  }
  if (tiles.length !== full.length) throw refuse.altered({ detail: 'There is a hash tile too many.' })
  return tree
}
