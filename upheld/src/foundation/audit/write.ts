import { assert } from '../../core/errors.ts'
import type { Queryable } from '../../core/ports.ts'
import { encodeHashes, fullRoot } from '../../core/transparency/index.ts'
import type { EdgeTile } from '../../core/transparency/index.ts'
import { refuse } from './errors.ts'

/** One more leaf of a log. */
export interface NewLeaf {
  readonly log: string
  readonly index: number
  readonly organization: string | null
  readonly id: string
  readonly receivedAt: Date
  readonly action: string
  readonly actorType: string
  readonly actorId: string
  /** Null where the leaf says none, as in `outcome`. */
  readonly object: string | null
  readonly outcome: string | null
  readonly bytes: Buffer
}

interface NewHead {
  readonly log: string
  readonly oldSize: number
  readonly size: number
  readonly checkpoint: string
  readonly receivedAt: Date
  readonly verifierKey: string
  readonly epoch: number
  /** When this head is the first under its key: how the key before hands over to it. */
  readonly handover?: Handover
}

/** The leaf that names the next key, and the head up to that leaf, signed with the key before. */
export interface Handover {
  readonly leaf: Buffer
  readonly checkpoint: string
}

export interface Batch {
  readonly leaves: readonly NewLeaf[]
  readonly mentions: readonly {
    readonly organization: string
    readonly target: string
    readonly log: string
    readonly index: number
  }[]
  readonly tiles: readonly (EdgeTile & { readonly log: string })[]
  readonly heads: readonly NewHead[]
  /** Sequence numbers of the entries that were waiting. */
  readonly logged: readonly string[]
  readonly successors: readonly { readonly log: string; readonly successor: string }[]
}

/** Writes a batch: leaves, what finds them, full tiles, signed heads; and takes the entries out of those that wait. */
export async function writeBatch(tx: Queryable, batch: Batch): Promise<void> {
  await insertLeaves(tx, batch.leaves)
  await insertMentions(tx, batch.mentions)
  if (batch.tiles.length > 0) await insertTiles(tx, batch.tiles)
  await moveHeads(tx, batch.heads)
  const rotated = batch.heads.filter(({ handover }) => handover !== undefined)
  if (rotated.length > 0) await insertKeys(tx, rotated)
  if (batch.successors.length > 0) {
    await tx.query(
      `update upheld_audit.log l set successor = s.successor
       from unnest($1::bigint[], $2::bigint[]) as s (log, successor) where l.id = s.log`,
      [batch.successors.map(({ log }) => log), batch.successors.map(({ successor }) => successor)],
    )
  }
  if (batch.logged.length > 0) {
    const { rowCount } = await tx.query('delete from upheld_audit.pending where seq = any ($1::bigint[])', [
      plain(batch.logged),
    ])
    assert(rowCount === batch.logged.length, 'an entry waits until its recorder has logged it')
  }
}

async function insertKeys(tx: Queryable, rotated: Batch['heads']): Promise<void> {
  await tx.query(
    `insert into upheld_audit.log_key (log, epoch, verifier_key, since_size, leaf, handover)
     select * from unnest($1::bigint[], $2::integer[], $3::text[], $4::bigint[], $5::bytea[], $6::text[])`,
    [
      rotated.map(head => head.log),
      rotated.map(head => head.epoch),
      rotated.map(head => head.verifierKey),
      rotated.map(head => head.oldSize),
      rotated.map(head => head.handover?.leaf),
      rotated.map(head => head.handover?.checkpoint),
    ],
  )
}

/** An array of numbers, UUIDs and times as Postgres reads it: nothing in them needs quotes, which the driver would set. */
function plain(values: readonly (string | number | null)[]): string {
  return `{${values.map(value => value ?? 'null').join(',')}}`
}

async function insertLeaves(tx: Queryable, leaves: readonly NewLeaf[]): Promise<void> {
  try {
    await tx.query(
      `insert into upheld_audit.leaf (log, index, organization_id, id, received_at, action, actor_type, actor_id, bytes, object, outcome)
       select * from unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::text[], $11::text[])`,
      [
        plain(leaves.map(leaf => leaf.log)),
        plain(leaves.map(leaf => leaf.index)),
        plain(leaves.map(leaf => leaf.organization)),
        plain(leaves.map(leaf => leaf.id)),
        plain(leaves.map(leaf => leaf.receivedAt.toISOString())),
        leaves.map(leaf => leaf.action),
        leaves.map(leaf => leaf.actorType),
        leaves.map(leaf => leaf.actorId),
        leaves.map(leaf => leaf.bytes),
        leaves.map(leaf => leaf.object),
        leaves.map(leaf => leaf.outcome),
      ],
    )
  } catch (cause) {
    const beyond = cause instanceof Error && 'code' in cause && cause.code === '23505'
    throw beyond ? refuse.altered({ detail: 'A leaf stands beyond a signed head.', cause }) : cause
  }
}

async function insertMentions(tx: Queryable, mentions: Batch['mentions']): Promise<void> {
  if (mentions.length === 0) return
  await tx.query(
    `insert into upheld_audit.mention (organization_id, target, log, index)
     select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[])`,
    [
      plain(mentions.map(({ organization }) => organization)),
      mentions.map(({ target }) => target),
      plain(mentions.map(({ log }) => log)),
      plain(mentions.map(({ index }) => index)),
    ],
  )
}

async function insertTiles(tx: Queryable, tiles: Batch['tiles']): Promise<void> {
  await tx.query(
    `insert into upheld_audit.tile (log, level, index, hashes, root)
     select * from unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bytea[], $5::bytea[])`,
    [
      tiles.map(({ log }) => log),
      tiles.map(({ level }) => level),
      tiles.map(({ index }) => index),
      tiles.map(({ hashes }) => encodeHashes(hashes)),
      tiles.map(({ hashes, peaks }) => peaks?.[0] ?? fullRoot(hashes)),
    ],
  )
}

/** Compare and swap: a head that somebody else moved in between is one that this batch does not continue. */
async function moveHeads(tx: Queryable, heads: readonly NewHead[]): Promise<void> {
  const { rowCount } = await tx.query(
    `update upheld_audit.log l set size = h.size, checkpoint = h.checkpoint, signed_at = clock_timestamp(),
       received_at = h.received_at, verifier_key = h.verifier_key, key_epoch = h.epoch
     from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::text[], $7::integer[])
       as h (log, old_size, size, checkpoint, received_at, verifier_key, epoch)
     where l.id = h.log and l.size = h.old_size and l.closed_at is null`,
    [
      heads.map(head => head.log),
      heads.map(head => head.oldSize),
      heads.map(head => head.size),
      heads.map(head => head.checkpoint),
      heads.map(head => head.receivedAt),
      heads.map(head => head.verifierKey),
      heads.map(head => head.epoch),
    ],
  )
  assert(rowCount === heads.length, 'a locked head is the one that is written')
}
