import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import { decodeHashes, encodeHashes } from '../../core/transparency/index.ts'
import type { Tile } from '../../core/transparency/index.ts'

// The statements of the log, and the only place that knows its tables.

export interface StoredHead {
  readonly size: number
  readonly checkpoint: string
  /** By the clock of the database. */
  readonly signedAt: Date
}

export interface StoredTile {
  readonly level: number
  readonly index: number
  readonly hashes: readonly Buffer[]
}

/** What the database itself counts and hashes, so that a look at the whole log moves few bytes. */
export interface StoredDigest {
  readonly level: number
  readonly index: number
  readonly width: number
  readonly digest: Buffer
}

// The driver gives 64-bit integers as text.
const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const bytes = z.instanceof(Buffer)
const heads = z.array(z.object({ size: count, checkpoint: z.string(), signed_at: z.date() })).max(1)
const tiles = z.array(z.object({ level: count, index: count, hashes: bytes }))
const digests = z.array(z.object({ level: count, index: count, width: count, digest: bytes }))
const leaves = z.array(z.object({ index: count, bytes }))

export async function insertHead(tx: Queryable, checkpoint: string): Promise<void> {
  await tx.query(`insert into upheld_proof.head (size, checkpoint) values (0, $1) on conflict (only_one) do nothing`, [
    checkpoint,
  ])
}

/** With `lock`, every other writer waits until this transaction ends. */
export async function readHead(tx: Queryable, lock: '' | 'for update' = ''): Promise<StoredHead | undefined> {
  const { rows } = await tx.query(`select size, checkpoint, signed_at from upheld_proof.head ${lock}`)
  const [head] = heads.parse(rows)
  return head && { size: head.size, checkpoint: head.checkpoint, signedAt: head.signed_at }
}

export async function readTiles(tx: Queryable, wanted: readonly Tile[]): Promise<StoredTile[]> {
  const { rows } = await tx.query(
    `select level, index, hashes from upheld_proof.tile
     join unnest($1::smallint[], $2::bigint[]) as wanted (level, index) using (level, index)`,
    [wanted.map(({ level }) => level), wanted.map(({ index }) => index)],
  )
  return tiles.parse(rows).map(({ level, index, hashes }) => ({ level, index, hashes: decodeHashes(hashes) }))
}

/** One leaf more: the leaf, the tiles that it changes and the new head, or none of them. */
export async function writeAppend(
  tx: Queryable,
  next: {
    readonly index: number
    readonly leaf: Buffer
    readonly tiles: readonly StoredTile[]
    readonly checkpoint: string
  },
): Promise<number> {
  const { rowCount } = await tx.query(
    `with leaf as (insert into upheld_proof.leaf (index, bytes) values ($1, $2)),
     tile as (
       insert into upheld_proof.tile (level, index, hashes)
       select * from unnest($3::smallint[], $4::bigint[], $5::bytea[])
       on conflict (level, index) do update set hashes = excluded.hashes
     )
     update upheld_proof.head set size = $1 + 1, checkpoint = $6, signed_at = clock_timestamp() where size = $1`,
    [
      next.index,
      next.leaf,
      next.tiles.map(({ level }) => level),
      next.tiles.map(({ index }) => index),
      next.tiles.map(({ hashes }) => encodeHashes(hashes)),
      next.checkpoint,
    ],
  )
  return rowCount
}

/** For every 256 leaves: how many there are, and the SHA-256 over their leaf hashes, which is that of their full tile. */
export async function leafDigests(tx: Queryable): Promise<StoredDigest[]> {
  const { rows } = await tx.query(
    `select 0 as level, index / 256 as index, count(*) as width,
       pg_catalog.sha256(string_agg(pg_catalog.sha256('\\x00'::bytea || bytes), ''::bytea order by index)) as digest
     from upheld_proof.leaf group by index / 256 order by index / 256`,
  )
  return digests.parse(rows)
}

export async function tileDigests(tx: Queryable): Promise<StoredDigest[]> {
  const { rows } = await tx.query(
    `select level, index, octet_length(hashes) / 32 as width, pg_catalog.sha256(hashes) as digest
     from upheld_proof.tile order by level, index`,
  )
  return digests.parse(rows)
}

/** The leaves from this index on, in order. */
export async function readLeaves(tx: Queryable, from: number): Promise<z.infer<typeof leaves>> {
  const { rows } = await tx.query(`select index, bytes from upheld_proof.leaf where index >= $1 order by index`, [from])
  return leaves.parse(rows)
}
