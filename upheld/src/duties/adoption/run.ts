import type { Clock } from '../../core/clock.ts'
import { messageOf, UpheldError } from '../../core/errors.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import { fillInBatches, type Progress } from './batches.ts'
import { refuse } from './errors.ts'
import { isDone, layGround, noteBegun, noteDone, readAdoption } from './journal.ts'
import { assertPlanned, locksTaken } from './locks.ts'
import type { AdoptionOptions, PaceOptions } from './options.ts'
import { patiently, type Patience } from './patience.ts'
import { assertAdoptable, planAdoption, type Plan } from './plan.ts'
import type { Step } from './steps/step.ts'
import { takeTurn } from './turn.ts'

/** What whoever watches is told. */
export type AdoptionEvent =
  | {
      readonly type: 'begun'
      readonly step: Pick<Step, 'id' | 'kind' | 'says'>
      readonly number: number
      readonly of: number
    }
  | { readonly type: 'done'; readonly id: string; readonly secs: number }
  | { readonly type: 'progress'; readonly id: string; readonly progress: Progress }
  | { readonly type: 'waiting'; readonly id: string; readonly attempt: number; readonly blockers: string }

export interface AdoptionWork {
  /** Superuser, and one connection: the turn is held by it. */
  readonly database: Database
  readonly pace: PaceOptions
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onEvent: (event: AdoptionEvent) => void
}

/**
 * Does every step that is not done yet. Killed anywhere, it goes on where it stopped; a schema that was changed
 * meanwhile gets the steps that are new. Resolves to the number of steps done now.
 * @throws the codes of this module
 */
export async function runAdoption(work: AdoptionWork, given: Partial<AdoptionOptions>): Promise<number> {
  const { database } = work
  await takeTurn(database, work.pace.patienceSecs)
  const first = (await readAdoption(database)) === undefined
  let plan = await look(database, given, first)
  await database.transaction(tx => layGround(tx, plan.options))
  let count = 0
  for (;;) {
    const open = await notDone(database, plan.steps)
    if (open.length === 0) return count
    for (const [at, step] of open.entries()) {
      if (work.signal.aborted) throw refuse.interrupted()
      await takeTurn(database, work.pace.patienceSecs)
      const startedMs = work.clock.monotonicMs()
      work.onEvent({ type: 'begun', step, number: at + 1, of: open.length })
      await runStep(work, plan, step)
      work.onEvent({ type: 'done', id: step.id, secs: (work.clock.monotonicMs() - startedMs) / 1000 })
      count++
    }
    plan = await look(database, given, false)
  }
}

/** In a transaction that cannot write. */
export function look(database: Database, given: Partial<AdoptionOptions>, withData: boolean): Promise<Plan> {
  return database.transaction(async tx => {
    await tx.query('set transaction isolation level repeatable read, read only')
    const plan = await planAdoption(tx, given, { withData })
    assertAdoptable(plan)
    return plan
  })
}

export async function notDone(database: Queryable, steps: readonly Step[]): Promise<readonly Step[]> {
  const open: Step[] = []
  for (const step of steps) if (!(await isDone(database, step.id))) open.push(step)
  return open
}

async function runStep(work: AdoptionWork, plan: Plan, step: Step): Promise<void> {
  const patience: Patience = {
    ...work,
    onRetry: (attempt, blockers) => work.onEvent({ type: 'waiting', id: step.id, attempt, blockers }),
  }
  const { schemas } = plan.options
  try {
    if (await isIdle(work.database, step)) return await work.database.transaction(tx => noteDone(tx, step, []))
    if (step.way === 'alone') return await runAlone(work.database, patience, step)
    if (step.way === 'batches') {
      const report = (progress: Progress): void => work.onEvent({ type: 'progress', id: step.id, progress })
      return await fillInBatches(patience, step, schemas, report)
    }
    await patiently(patience, async tx => {
      for (const statement of step.statements) await tx.query(statement)
      const taken = await locksTaken(tx, schemas)
      assertPlanned(step.id, step.locks, taken)
      await noteDone(tx, step, taken)
    })
  } catch (thrown) {
    if (thrown instanceof UpheldError) throw thrown
    throw refuse.step_failed({ detail: `${step.id}: ${messageOf(thrown)}`, cause: thrown })
  }
}

async function isIdle(database: Queryable, step: Step): Promise<boolean> {
  if (step.idle === undefined) return false
  const { rows } = await database.query(step.idle)
  return Object.values(rows[0] ?? {})[0] === true
}

/**
 * It waits for transactions that were open before it, without standing in anybody's way; so without a limit to its
 * waiting. The server looks every second whether we are still there.
 */
async function runAlone(
  database: Database,
  patience: Patience,
  step: Extract<Step, { readonly way: 'alone' }>,
): Promise<void> {
  await patiently(patience, tx => noteBegun(tx, step))
  await database.query(`select set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false),
    set_config('client_connection_check_interval', '1s', false), set_config('search_path', 'pg_catalog', false)`)
  const { rows } = await database.query(
    'select i.indisvalid as valid from pg_index i where i.indexrelid = to_regclass($1)',
    [step.index],
  )
  if (rows[0]?.['valid'] === false) await database.query(`drop index concurrently ${step.index}`)
  if (rows[0]?.['valid'] !== true) await database.query(step.statement)
  await patiently(patience, tx => noteDone(tx, step, step.locks))
}
