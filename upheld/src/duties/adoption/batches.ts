import { z } from 'zod'
import { pause } from '../../core/clock.ts'
import type { Queryable } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import { noteBegun, noteDone } from './journal.ts'
import { assertPlanned, locksTaken, strongest } from './locks.ts'
import { patiently, type Patience } from './patience.ts'
import type { Lock, Step } from './steps/step.ts'

type Batches = Extract<Step, { readonly way: 'batches' }>

export interface Progress {
  readonly pages: number
  readonly ofPages: number
  readonly rows: number
  readonly rowsPerSec: number
  readonly secsLeft: number
}

const partRow = z.object({ label: z.string(), pages: z.number(), rows_per_page: z.number() })
type Part = z.output<typeof partRow>

/** At most so many tuples fit into a page of 8 kB. */
const tuplesPerPageMax = 291

/**
 * Fills the pages that a table has, in their order, each batch in a transaction of its own that also notes how far it
 * came. Rows written meanwhile get their organization from the trigger; rows that somebody holds locked are passed over,
 * and met again by the sweep at the end.
 */
export async function fillInBatches(
  patience: Patience,
  step: Batches,
  schemas: readonly string[],
  onProgress: (progress: Progress) => void,
): Promise<void> {
  await patiently(patience, tx => noteBegun(tx, step))
  const parts = await partsOf(patience.database, step.table)
  const ofPages = parts.reduce((sum, part) => sum + part.pages, 0)
  const startedMs = patience.clock.monotonicMs()
  const state: FillState = { rows: 0, pages: 0, taken: [] }
  for (const part of parts) {
    await fillPart({ patience, step, schemas, part, state, onBatch })
  }
  await sweep(patience, step, state)
  await patiently(patience, tx => noteDone(tx, step, state.taken))

  function onBatch(): void {
    const secs = Math.max(0.001, (patience.clock.monotonicMs() - startedMs) / 1000)
    const secsLeft = state.pages === 0 ? 0 : ((ofPages - state.pages) * secs) / state.pages
    onProgress({ pages: state.pages, ofPages, rows: state.rows, rowsPerSec: state.rows / secs, secsLeft })
  }
}

interface FillState {
  rows: number
  pages: number
  taken: readonly Lock[]
}

interface Filling {
  readonly patience: Patience
  readonly step: Batches
  readonly schemas: readonly string[]
  readonly part: Part
  readonly state: FillState
  readonly onBatch: () => void
}

/** Tables that hold rows: the table itself, or the leaves of its partitions, as they are now. */
async function partsOf(database: Queryable, table: string): Promise<readonly Part[]> {
  const { rows } = await database.query(
    `select format('%I.%I', n.nspname, c.relname) as label,
       (pg_relation_size(c.oid) / current_setting('block_size')::int)::float8 as pages,
       case when c.reltuples > 0 and c.relpages > 0 then c.reltuples / c.relpages else 100 end::float8 as rows_per_page
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and (c.oid = $1::regclass or c.oid in (select relid from pg_partition_tree($1::regclass) where isleaf))
     order by 1`,
    [table],
  )
  return rows.map(row => partRow.parse(row))
}

async function fillPart({ patience, step, schemas, part, state, onBatch }: Filling): Promise<void> {
  const { pace, clock, signal } = patience
  const perPage = Math.min(tuplesPerPageMax, Math.max(1, part.rows_per_page))
  const sizeMax = Math.max(1, Math.floor(pace.batchRowsMax / perPage))
  let at = await passed(patience.database, step, part)
  let size = Math.min(sizeMax, 16)
  while (at < part.pages) {
    const to = Math.min(part.pages, at + size)
    const startedMs = clock.monotonicMs()
    const from = at
    const filled = await patiently(patience, async tx => {
      await asReplica(tx)
      const { rowCount } = await tx.query(
        `${fillStatement(step, part.label)} where t.ctid = any (array(
           select s.ctid from only ${part.label} s
           where s.ctid >= $1::tid and s.ctid < $2::tid and s.organization_id is null for no key update skip locked))`,
        [`(${from},0)`, `(${to},0)`],
      )
      await tx.query(
        'update upheld_adoption.step set progress = progress || jsonb_build_object($2::text, $3::bigint) where id = $1',
        [step.id, part.label, to],
      )
      if (from === 0) state.taken = strongest([...state.taken, ...(await judged(tx, step, schemas))])
      return rowCount
    })
    const tookMs = Math.max(1, clock.monotonicMs() - startedMs)
    state.rows += filled
    state.pages += to - from
    at = to
    size = Math.max(1, Math.min(sizeMax, Math.ceil(size * Math.min(2, pace.batchMs / tookMs))))
    onBatch()
    await pause(pace.pauseMs, signal)
  }
}

async function judged(tx: Queryable, step: Batches, schemas: readonly string[]): Promise<readonly Lock[]> {
  const taken = await locksTaken(tx, schemas)
  assertPlanned(step.id, step.locks, taken)
  return taken
}

/** Pages before this one are done; a table that was rewritten meanwhile is covered by the sweep. */
async function passed(database: Queryable, step: Batches, part: Part): Promise<number> {
  const { rows } = await database.query(
    'select coalesce((progress ->> $2)::float8, 0) as at from upheld_adoption.step where id = $1',
    [step.id, part.label],
  )
  return Number(rows[0]?.['at'] ?? 0)
}

/** The application's triggers do not hear of it: no row changes in anything that they know. */
async function asReplica(tx: Queryable): Promise<void> {
  await tx.query('set local session_replication_role = replica')
}

function fillStatement(step: Batches, label: string): string {
  return `update only ${label} t set organization_id = ${step.expression}`
}

/** What was locked, moved or written while the pages were passed. Ends when no row is left. @throws adoption.rows_without_tenant */
async function sweep(patience: Patience, step: Batches, state: FillState): Promise<void> {
  for (const { label } of await partsOf(patience.database, step.table)) {
    for (;;) {
      const filled = await patiently(patience, async tx => {
        await asReplica(tx)
        const { rowCount } = await tx.query(
          `${fillStatement(step, label)} where t.ctid = any (array(
             select s.ctid from only ${label} s where s.organization_id is null limit $1 for no key update skip locked))
           and ${step.expression} is not null`,
          [patience.pace.batchRowsMax],
        )
        return rowCount
      })
      state.rows += filled
      if (filled > 0) continue
      if (await isFilled(patience, step, label)) break
      await pause(Math.max(50, patience.pace.pauseMs), patience.signal)
    }
  }
}

async function isFilled({ database }: Patience, step: Batches, label: string): Promise<boolean> {
  const { rows } = await database.query(
    `select (select count(*) from only ${label} s where s.organization_id is null)::int as empty,
       (select count(*) from only ${label} t where t.organization_id is null and ${step.expression} is null)::int as untold`,
  )
  const untold = Number(rows[0]?.['untold'])
  if (untold > 0) {
    const query = `select * from ${label} where organization_id is null`
    throw refuse.rows_without_tenant({ detail: `${untold} rows of ${label}: ${query}` })
  }
  return Number(rows[0]?.['empty']) === 0
}
