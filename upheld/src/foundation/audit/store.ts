import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import type { EdgeTile } from '../../core/transparency/index.ts'

// What the recorder asks of the tables. Every statement is about any number of logs at once, so that the number of
// statements of a batch does not grow with the number of organizations in it.

/** An entry that is committed and not yet in its log. */
export interface Waiting {
  readonly seq: string
  readonly id: string
  readonly organization: string
  readonly receivedAt: Date
  /** JSON, see record.sql. */
  readonly body: string
}

/** A row of upheld_audit.log. */
export interface LogRow {
  readonly id: string
  /** Null for an anchor log. */
  readonly organization: string | null
  readonly origin: string
  readonly verifierKey: string
  readonly epoch: number
  readonly size: number
  readonly checkpoint: string
  readonly receivedAt: Date | null
  readonly closed: boolean
  readonly minimumIndex: number
}

// The driver gives 64-bit integers as text.
const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const number = z.coerce.string()
const bytes = z.instanceof(Buffer)
const waitingRows = z.array(
  z
    .object({
      seq: number,
      id: z.string(),
      organization_id: z.string(),
      received_at: z.date(),
      body: z.string(),
      now: z.date(),
    })
    .transform(({ organization_id, received_at, ...row }) => ({
      ...row,
      organization: organization_id,
      receivedAt: received_at,
    })),
)
const logRows = z.array(
  z
    .object({
      id: number,
      organization_id: z.string().nullable(),
      origin: z.string(),
      verifier_key: z.string(),
      key_epoch: z.int(),
      size: count,
      checkpoint: z.string(),
      received_at: z.date().nullable(),
      closed: z.boolean(),
      minimum_index: count,
    })
    .transform(row => ({
      id: row.id,
      organization: row.organization_id,
      origin: row.origin,
      verifierKey: row.verifier_key,
      epoch: row.key_epoch,
      size: row.size,
      checkpoint: row.checkpoint,
      receivedAt: row.received_at,
      closed: row.closed,
      minimumIndex: row.minimum_index,
    })),
)
const hashRows = z.array(z.object({ log: number, level: z.int(), at: count, hash: bytes }))
const anchoredRows = z.array(z.object({ organization_id: z.string(), bytes }))

const logColumns = `id, organization_id, origin, verifier_key, key_epoch, size, checkpoint,
  nullif(received_at, '-infinity') as received_at, closed_at is not null as closed, minimum_index`

/** Whether anything waits: all that an idle recorder asks. */
export async function isWaiting(db: Queryable, without: readonly string[]): Promise<boolean> {
  const { rows } = await db.query(
    'select exists (select from upheld_audit.pending where organization_id <> all ($1::uuid[])) as waiting',
    [without],
  )
  return rows[0]?.['waiting'] === true
}

export async function readWaiting(
  tx: Queryable,
  max: number,
  without: readonly string[],
): Promise<z.output<typeof waitingRows>> {
  const { rows } = await tx.query(
    `select seq, id, organization_id, received_at, body::text as body, clock_timestamp() as now
     from upheld_audit.pending where organization_id <> all ($2::uuid[]) order by seq limit $1`,
    [max, without],
  )
  return waitingRows.parse(rows)
}

/** The open anchor log, locked: one recorder at a time gets past this. */
export async function lockAnchor(tx: Queryable): Promise<LogRow | undefined> {
  const { rows } = await tx.query(
    `select ${logColumns} from upheld_audit.log where organization_id is null and closed_at is null for update`,
  )
  return logRows.parse(rows)[0]
}

/** Open logs of these organizations, and closed ones that nothing succeeded yet, locked in order. */
export async function lockLogs(tx: Queryable, organizations: readonly string[]): Promise<LogRow[]> {
  const { rows } = await tx.query(
    `select ${logColumns} from upheld_audit.log
     where organization_id = any ($1::uuid[]) and (closed_at is null or successor is null) order by id for update`,
    [organizations],
  )
  return logRows.parse(rows)
}

type NewLog = Pick<LogRow, 'organization' | 'origin' | 'verifierKey' | 'epoch' | 'checkpoint'>

export async function insertLogs(tx: Queryable, logs: readonly NewLog[]): Promise<LogRow[]> {
  const { rows } = await tx.query(
    `with made as (
       insert into upheld_audit.log (organization_id, origin, verifier_key, key_epoch, checkpoint)
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::text[])
       on conflict do nothing returning *
     ), key as (
       insert into upheld_audit.log_key (log, epoch, verifier_key, since_size) select id, key_epoch, verifier_key, 0 from made
     )
     select ${logColumns} from made`,
    [
      logs.map(({ organization }) => organization),
      logs.map(({ origin }) => origin),
      logs.map(({ verifierKey }) => verifierKey),
      logs.map(({ epoch }) => epoch),
      logs.map(({ checkpoint }) => checkpoint),
    ],
  )
  return logRows.parse(rows)
}

/** The partial tiles at the right edge of each log at a size that it has or had, by log; see tables.sql, tile. */
export async function readEdges(
  tx: Queryable,
  logs: readonly { readonly id: string; readonly size: number }[],
): Promise<ReadonlyMap<string, readonly EdgeTile[]>> {
  const { rows } = await tx.query(
    `with wanted as (select * from unnest($1::bigint[], $2::bigint[]) as wanted (log, size))
     select w.log, 0 as level, l.index as at, sha256('\\x00'::bytea || l.bytes) as hash
     from wanted w join upheld_audit.leaf l on l.log = w.log and l.index >= w.size - w.size % 256 and l.index < w.size
     union all
     select w.log, g.level + 1, t.index, t.root
     from wanted w cross join generate_series(0, 6) as g (level)
     join upheld_audit.tile t on t.log = w.log and t.level = g.level
       and t.index >= ((w.size >> (8 * (g.level + 1))) & ~255::bigint) and t.index < (w.size >> (8 * (g.level + 1)))
     order by 1, 2, 3`,
    [logs.map(({ id }) => id), logs.map(({ size }) => size)],
  )
  const edges = new Map<string, { level: number; index: number; hashes: Buffer[] }[]>()
  for (const { log, level, at, hash } of hashRows.parse(rows)) {
    const tiles = edges.get(log) ?? []
    const last = tiles.at(-1)
    if (last?.level === level) last.hashes.push(hash)
    else tiles.push({ level, index: Math.floor(at / 256), hashes: [hash] })
    edges.set(log, tiles)
  }
  return edges
}

/** The mention under which an anchor leaf names the organization whose head it holds. */
export const anchorMention = '@anchor'

/** The newest anchor leaf that holds a head of each organization. */
export async function readAnchored(
  tx: Queryable,
  organizations: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const { rows } = await tx.query(
    `select o.id as organization_id, l.bytes from unnest($1::uuid[]) as o (id)
     cross join lateral (
       select m.log, m.index from upheld_audit.mention m
       where m.organization_id = o.id and m.target = $2 order by m.log desc, m.index desc limit 1
     ) m
     join upheld_audit.leaf l on l.log = m.log and l.index = m.index`,
    [organizations, anchorMention],
  )
  return new Map(anchoredRows.parse(rows).map(row => [row.organization_id, row.bytes]))
}
