import { z } from 'zod'
import { UpheldError } from '../../core/errors.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import { faultsOf } from './complete.ts'
import type { OpenAttempt } from './judge.ts'
import { readLeaf, type Leaf } from './leaf.ts'
import type { ReadLog, VerifiedLog } from './ports.ts'
import { isUnreachable } from './unreachable.ts'

/** A leaf and its place in the log. */
export interface Entry<L extends Leaf = Leaf> {
  readonly index: number
  readonly leaf: L
}

const turnRow = z.object({
  claim: z.string(),
  digest: z.string(),
  withdrawn: z.boolean(),
  sequence: z.number().int(),
  due_at: z.date().nullable(),
})
const attemptRow = z.object({
  claim: z.string(),
  sequence: z.number().int(),
  digest: z.string(),
  started_at: z.date(),
  timeout_secs: z.number().int(),
  finished_at: z.date().nullable(),
  // The driver gives 64-bit integers as text.
  log_index: z.coerce.number().int().nullable(),
})
type TurnRow = Readonly<z.infer<typeof turnRow>>
export type AttemptRow = Readonly<z.infer<typeof attemptRow>>

/** What the log and the two tables say of one claim. */
export interface ClaimRecord {
  readonly id: string
  readonly entries: readonly Entry[]
  readonly attempts: readonly AttemptRow[]
  readonly turn?: TurnRow
}

export interface RecordRead {
  readonly log?: VerifiedLog
  readonly claims: ReadonlyMap<string, ClaimRecord>
  /** Why the record cannot be relied on, in plain words. */
  readonly fault?: string
  /** The database could not be asked: nothing is known of the record, neither good nor bad. */
  readonly unread?: true
}

/**
 * Reads the whole record as it stood at one moment, and checks that it is whole.
 * Never rejects: a record that cannot be read is one that does not hold.
 */
export async function readRecord(database: Database, readLog: ReadLog): Promise<RecordRead> {
  try {
    return await database.transaction(async tx => {
      await tx.query('set transaction isolation level repeatable read, read only')
      // The log goes first: it compares itself with what was seen before this moment.
      const log = await readLog(insideOf(tx))
      const { claims, bad } = gather(log, await rowsOf(tx, 'turn', turnRow), await rowsOf(tx, 'attempt', attemptRow))
      const faults = [...bad, ...[...claims.values()].flatMap(faultsOf)]
      return { log, claims, ...(faults.length === 0 ? {} : { fault: summary(faults) }) }
    })
  } catch (thrown) {
    const why = thrown instanceof UpheldError ? thrown.message : 'The database does not answer as it should.'
    const unread = isUnreachable(thrown) ? { unread: true as const } : {}
    return { claims: new Map(), fault: `The record cannot be read. ${why}`, ...unread }
  }
}

/** The transaction that is open, as a database: what begins there joins it. */
function insideOf(tx: Queryable): Database {
  return Object.freeze({
    query: (text: string, values?: readonly unknown[]) => tx.query(text, values),
    transaction: <T>(work: (inner: Queryable) => Promise<T>) => work(tx),
    close: () => Promise.resolve(),
  })
}

async function rowsOf<T>(tx: Queryable, table: 'turn' | 'attempt', row: z.ZodType<T>): Promise<T[]> {
  const { rows } = await tx.query(`select * from upheld_proof.${table} order by claim, sequence`)
  return z.array(row).parse(rows)
}

function gather(
  log: VerifiedLog,
  turns: readonly TurnRow[],
  attempts: readonly AttemptRow[],
): { readonly claims: Map<string, ClaimRecord>; readonly bad: readonly string[] } {
  const bad: string[] = []
  const entries: Entry[] = []
  log.leaves.forEach(({ value }, index) => {
    const read = readLeaf(value)
    if (read.kind === 'ours') entries.push({ index, leaf: read.leaf })
    if (read.kind === 'bad') bad.push(`Entry ${index} of the log is not well formed.`)
  })
  const byClaim = {
    entries: Map.groupBy(entries, ({ leaf }) => leaf.claim),
    attempts: Map.groupBy(attempts, attempt => attempt.claim),
    turns: new Map(turns.map(turn => [turn.claim, turn])),
  }
  const ids = new Set([...byClaim.turns.keys(), ...byClaim.entries.keys(), ...byClaim.attempts.keys()])
  const claims = [...ids].map((id): [string, ClaimRecord] => {
    const turn = byClaim.turns.get(id)
    const rest = { entries: byClaim.entries.get(id) ?? [], attempts: byClaim.attempts.get(id) ?? [] }
    return [id, { id, ...rest, ...(turn === undefined ? {} : { turn }) }]
  })
  return { claims: new Map(claims), bad }
}

const faultsSaid = 3

function summary(faults: readonly string[]): string {
  const more = faults.length - faultsSaid
  return [...faults.slice(0, faultsSaid), ...(more > 0 ? [`There are ${more} more faults.`] : [])].join(' ')
}

/** The run that was begun and is not in the log yet. */
export function openAttemptOf({ attempts }: ClaimRecord): OpenAttempt | undefined {
  const open = attempts.find(attempt => attempt.finished_at === null)
  return open && { sequence: open.sequence, startedAt: open.started_at, timeoutSecs: open.timeout_secs }
}
