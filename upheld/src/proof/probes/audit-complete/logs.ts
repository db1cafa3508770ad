import { z } from 'zod'
import type { JsonObject } from '../../../core/json.ts'
import {
  decodeHashes,
  emptyTree,
  growTree,
  leafHash,
  readLeaf,
  tileHashes,
  tilesOf,
  treeRoot,
  type Checkpoint,
  type TiledTree,
} from '../../../core/transparency/index.ts'
import type { Organization } from '../../../index.ts'
import { Broken, headOf, readAnchor, type Anchor, type Asked } from './anchor.ts'

export interface Entry {
  readonly index: number
  readonly bytes: Buffer
  readonly value: JsonObject
}

/** A log as an organization sees it at one moment: everything in it holds. */
export interface View {
  readonly id: string
  readonly head: Checkpoint
  /** The newest of them, all when the log is not long. */
  readonly entries: readonly Entry[]
  readonly tree: TiledTree
}

export interface Look {
  /** Undefined while there is no entry. */
  readonly own: View | undefined
  readonly anchor: Anchor | undefined
}

/** Leaves that are hashed anew in every look; those before are proven by their tiles. */
const leavesMax = 20_000
const count = z.coerce.number().int().min(0)
const bytes = z.instanceof(Buffer)
const leafRows = z.array(
  z.object({
    index: count,
    id: z.string(),
    organization: z.string().nullable(),
    action: z.string(),
    actor: z.string(),
    actorType: z.string(),
    object: z.string().nullable(),
    outcome: z.string().nullable(),
    received: z.coerce.number(),
    bytes,
  }),
)
const tileRows = z.array(z.object({ level: count, index: count, hashes: bytes }))

/**
 * Reads an organization's own log through its handle and verifies it as a stranger would: every leaf, every tile, the
 * signed head, the leaf of the anchor log that says this head, and that the anchor log continues each head in `seen`.
 * @throws Broken
 */
export function lookAt(organization: Organization, seen: readonly string[]): Promise<Look> {
  return organization.transaction(
    async tx => {
      const own = await readOwn(tx, organization.id)
      return { own, anchor: await readAnchor(tx, organization.id, own?.head, seen) }
    },
    { isolation: 'repeatable read', access: 'read only' },
  )
}

/** A later look must begin with an earlier one, leaf by leaf. */
export function mustContinue(earlier: View | undefined, later: View | undefined): void {
  if (earlier === undefined) return
  if (later === undefined || later.head.origin !== earlier.head.origin)
    throw new Broken('turn back', 'another log is there')
  if (later.head.size < earlier.head.size) throw new Broken('turn back', 'the log is shorter than it was')
  const at = new Map(later.entries.map(entry => [entry.index, entry.bytes]))
  const other = earlier.entries.find(entry => at.get(entry.index)?.equals(entry.bytes) === false)
  if (other !== undefined) throw new Broken('rewrite', `leaf ${other.index} is another than it was`)
  if (later.head.size === earlier.head.size && !later.head.root.equals(earlier.head.root)) {
    throw new Broken('fork', 'two heads of one size were signed')
  }
}

async function readOwn(tx: Asked, organization: string): Promise<View | undefined> {
  const log = await headOf(tx, organization)
  if (log === undefined) return undefined
  const { head } = log
  const from = Math.max(log.minimum, Math.floor(Math.max(0, head.size - leavesMax) / 256) * 256)
  const rows = leafRows.parse(
    await tx.query(
      `select index::text as index, id::text as id, organization_id::text as organization, action, actor_id as actor,
         actor_type as "actorType", object, outcome, extract(epoch from received_at) * 1000 as received, bytes
       from upheld_audit.leaf l where log = $1 and l.index >= $2 order by l.index`,
      [log.id, from],
    ),
  )
  const entries = rows.map((row, i) => entryOf(row, from + i, organization))
  if (rows.length !== head.size - from) throw new Broken('cut', `${rows.length} leaves for a head of ${head.size}`)
  const late = entries.find((entry, i) => receivedMs(entry) < receivedMs(entries[i - 1] ?? entry))
  if (late !== undefined) throw new Broken('reorder', `leaf ${late.index} was received before the one before it`)
  const tiles = tileRows.parse(
    await tx.query(
      'select level::text as level, index::text as index, hashes from upheld_audit.tile t where log = $1 order by t.level, t.index',
      [log.id],
    ),
  )
  const tree = treeOver(tiles, from, entries)
  if (!treeRoot(tree).equals(head.root)) throw new Broken('rewrite', 'the leaves do not give the signed root')
  holdTiles(tiles, tree)
  return { id: log.id, head, entries, tree }
}

function entryOf(row: z.output<typeof leafRows>[number], index: number, organization: string): Entry {
  const value = readLeaf(row.bytes)
  if (row.index !== index || value === undefined) throw new Broken('cut', `leaf ${index} is missing or no leaf`)
  if (row.organization !== organization) throw new Broken('mix', `leaf ${index} is filed under another organization`)
  const { id, action, actor, object = null, outcome = null, received_at: received } = value
  const who =
    typeof actor === 'object' && actor !== null && 'id' in actor ? actor : { id: row.actor, type: row.actorType }
  const same =
    (id ?? row.id) === row.id &&
    (action ?? row.action) === row.action &&
    who['id'] === row.actor &&
    who['type'] === row.actorType &&
    object === row.object &&
    outcome === row.outcome
  // The column keeps microseconds, the leaf the milliseconds of them.
  const inTime = typeof received === 'string' && Math.abs(Date.parse(received) - row.received) < 1.01
  if (!same || !inTime) throw new Broken('rewrite', `leaf ${index} is filed as something else than it says`)
  return { index, bytes: row.bytes, value }
}

export function receivedMs({ value }: Entry): number {
  const text = value['received_at']
  return typeof text === 'string' ? Date.parse(text) : NaN
}

function treeOver(tiles: z.output<typeof tileRows>, from: number, entries: readonly Entry[]): TiledTree {
  const before = tiles.filter(({ level, index }) => level === 0 && index * 256 < from)
  if (before.length * 256 !== from) throw new Broken('cut', 'a tile of earlier leaves is missing')
  const hashes = [...before.flatMap(tile => decodeHashes(tile.hashes)), ...entries.map(entry => leafHash(entry.bytes))]
  return growTree(emptyTree, hashes)
}

function holdTiles(stored: z.output<typeof tileRows>, tree: TiledTree): void {
  const full = tilesOf(tree.size).filter(({ width }) => width === 256)
  for (const tile of full) {
    const found = stored.find(({ level, index }) => level === tile.level && index === tile.index)
    if (found === undefined || !Buffer.concat(tileHashes(tree, tile)).equals(found.hashes)) {
      throw new Broken('rewrite', `tile ${tile.level}/${tile.index} is missing or another`)
    }
  }
  if (stored.length !== full.length) throw new Broken('insert', 'there is a tile too many')
}
