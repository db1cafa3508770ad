import { messageOf, UpheldError } from '../../core/errors.ts'
import { refuse } from './errors.ts'
import { forget, readAdoption, undoable, type Undo } from './journal.ts'
import { patiently } from './patience.ts'
import type { AdoptionWork } from './run.ts'
import { takeTurn } from './turn.ts'

/**
 * Takes everything back, the newest step first, and its own schema last: the catalogue is what it was. Killed anywhere,
 * it goes on where it stopped. Resolves to the number of steps taken back.
 * @throws adoption.not_started, adoption.already_finished, adoption.undo_blocked
 */
export async function undoAdoption(work: AdoptionWork): Promise<number> {
  const { database } = work
  await takeTurn(database, work.pace.patienceSecs)
  const known = await readAdoption(database)
  if (known === undefined) throw refuse.not_started()
  if (known.finished) throw refuse.already_finished()
  const steps = await undoable(database)
  for (const [at, step] of steps.entries()) {
    if (work.signal.aborted) throw refuse.interrupted()
    await takeTurn(database, work.pace.patienceSecs)
    const startedMs = work.clock.monotonicMs()
    const says = `Take back: ${step.id}`
    work.onEvent({ type: 'begun', step: { id: step.id, kind: 'undo', says }, number: at + 1, of: steps.length })
    await takeBack(work, step)
    work.onEvent({ type: 'done', id: step.id, secs: (work.clock.monotonicMs() - startedMs) / 1000 })
  }
  await database.query('drop schema upheld_adoption cascade')
  return steps.length
}

async function takeBack(work: AdoptionWork, { id, undo, alone }: Undo): Promise<void> {
  const patience = {
    ...work,
    onRetry: (attempt: number, blockers: string) => work.onEvent({ type: 'waiting', id, attempt, blockers }),
  }
  try {
    if (alone) {
      await work.database.query(`select set_config('lock_timeout', '0', false)`)
      for (const statement of undo) await work.database.query(statement)
    }
    await patiently(patience, async tx => {
      if (!alone) for (const statement of undo) await tx.query(statement)
      await forget(tx, id)
    })
  } catch (thrown) {
    if (thrown instanceof UpheldError) throw thrown
    throw refuse.undo_blocked({ detail: `${id}: ${messageOf(thrown)}`, cause: thrown })
  }
}
