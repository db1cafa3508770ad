import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { pause, type Clock } from '../../core/clock.ts'
import type { Database } from '../../core/ports.ts'
import { trySabotage, type Claim, type Progress, type RunRecord, type Stage } from '../claims/index.ts'
import { endOrder, releaseOrder, renewOrder, takeOrder, tellStep, type Held, type Holder } from './holding.ts'
import type { OrderOutcome, StepWord } from './order.ts'

export interface TakerPorts {
  /** With the `upheld_proof` login. */
  readonly database: Database
  readonly stage: Stage
  readonly clock: Clock
  /** One run of one claim, as the schedule makes it; see `Scheduler.runRound`. */
  readonly run: (signal: AbortSignal, claim: string) => Promise<readonly RunRecord[]>
  readonly onTrouble: (says: string, cause: unknown) => void
  /** A sabotage is tried by itself: for whoever waits for signs of life. Called again without a limit when it has ended. */
  readonly onTrial?: (claim: string, limitSecs?: number) => void
  /** A prover that does not renew within this time is taken for dead; 30 s unless told. */
  readonly leaseMs?: number
}

/** What a prover does about orders: given to its schedule as `between`, and told what the schedule tells. */
export interface OrderTaker {
  /** One order at most; true when there was one. Trouble is told and never thrown. */
  readonly between: (signal: AbortSignal) => Promise<boolean>
  readonly heard: (event: Progress) => void
}

/** Says at most so often that it lives. */
const livesEveryMs = 20_000

export function orderTaker(ports: TakerPorts, claims: readonly Claim[]): OrderTaker {
  const { database, clock, onTrouble, leaseMs = 30_000 } = ports
  const holder: Holder = { database, runner: randomUUID(), leaseMs }
  const proven = claims.filter(claim => claim.kind === 'proven')
  let current: Diary | undefined
  let livedMs = -Infinity

  async function lives(): Promise<void> {
    const nowMs = clock.monotonicMs()
    if (nowMs - livedMs < livesEveryMs) return
    await database.query('select upheld_proof.prover_lives($1)', [holder.runner])
    livedMs = nowMs
  }

  async function carryOut(held: Held, signal: AbortSignal): Promise<void> {
    const diary = openDiary(holder, held, onTrouble)
    current = diary
    try {
      const how = await whileHeld(holder, held, signal, gone =>
        held.sabotage === undefined ? ran(ports, held, signal) : tried(ports, held, held.sabotage, gone, diary),
      )
      await diary.written()
      if (how === undefined) await releaseOrder(holder, held)
      else await endOrder(holder, held, how.outcome, how.sequence)
    } catch (cause) {
      await diary.written()
      onTrouble(`An order for ${held.claim.id} could not be carried out.`, cause)
      await endOrder(holder, held, 'failed')
    } finally {
      current = undefined
    }
  }

  return Object.freeze({
    heard: (event: Progress) => current?.note(event),
    async between(signal: AbortSignal) {
      try {
        await lives()
        const held = await takeOrder(holder, proven)
        if (held === undefined) return false
        await carryOut(held, signal)
        return true
      } catch (cause) {
        onTrouble('An order could not be taken; it is tried again.', cause)
        return false
      }
    },
  })
}

/** Undefined: it was stopped before its end, and the next prover begins anew. */
type How = { readonly outcome: OrderOutcome; readonly sequence?: number } | undefined

/** A run like any other. One that another prover made meanwhile counts: it began after the order. */
async function ran({ database, run }: TakerPorts, { claim }: Held, signal: AbortSignal): Promise<How> {
  const before = await sequenceOf(database, claim.id)
  const record = (await run(signal, claim.id)).at(-1)
  if (signal.aborted && (record === undefined || record.reason === 'lost')) return undefined
  const sequence = record?.sequence ?? (await sequenceOf(database, claim.id))
  // The promise was taken back meanwhile, or belongs to another release: nothing was run.
  return sequence > before ? { outcome: 'ran', sequence } : { outcome: 'failed' }
}

/** Of the newest run that ended; zero before the first. */
async function sequenceOf(database: Database, claim: string): Promise<number> {
  const { rows } = await database.query(
    'select max(sequence) as sequence from upheld_proof.attempt where claim = $1 and finished_at is not null',
    [claim],
  )
  return z.array(z.object({ sequence: z.number().int().nullable() })).parse(rows)[0]?.sequence ?? 0
}

/** No run: nothing of it goes to the log, and no verdict follows from it. */
async function tried(
  { stage, clock, onTrial }: TakerPorts,
  { claim }: Held,
  sabotage: string,
  signal: AbortSignal,
  diary: Diary,
): Promise<How> {
  onTrial?.(claim.id, claim.timeoutSecs)
  try {
    const onProgress = (event: Progress): void => diary.note(event)
    const trial = await trySabotage(claim, sabotage, { stage, clock, onProgress }, signal)
    if (signal.aborted) return undefined
    // Where the untouched twin does not hold, a finding on the broken one shows nothing.
    const shows = trial !== undefined && trial.untouched === 'held' && trial.outcome !== 'errored'
    return { outcome: shows ? trial.outcome : 'inconclusive' }
  } finally {
    onTrial?.(claim.id)
  }
}

/** Does the work under a heartbeat; the signal that the work gets aborts when the order is held no more. */
async function whileHeld<T>(
  holder: Holder,
  held: Held,
  signal: AbortSignal,
  work: (gone: AbortSignal) => Promise<T>,
): Promise<T> {
  const [gone, done] = [new AbortController(), new AbortController()]
  const beating = (async () => {
    for (;;) {
      await pause(holder.leaseMs / 3, done.signal)
      if (done.signal.aborted) return
      // A database that does not answer for a moment costs nothing: the lease is the judge.
      if (!(await renewOrder(holder, held).catch(() => true))) return gone.abort()
    }
  })()
  try {
    return await work(AbortSignal.any([signal, gone.signal]))
  } finally {
    done.abort()
    await beating
  }
}

/** Steps, written one after the other beside the work: a step that cannot be written holds no attack up. */
interface Diary {
  note(event: Progress): void
  written(): Promise<void>
}

function openDiary(holder: Holder, held: Held, onTrouble: TakerPorts['onTrouble']): Diary {
  let last: Promise<void> = Promise.resolve()
  return {
    note(event: Progress) {
      const said = stepOf(event, held.claim.id)
      if (said === undefined) return
      last = last
        .then(() => tellStep(holder, held, said.word, said.place))
        .catch((cause: unknown) => onTrouble('A step of an order could not be written down.', cause))
    },
    written: () => last,
  }
}

function stepOf(event: Progress, claim: string): { readonly word: StepWord; readonly place?: string } | undefined {
  switch (event.type) {
    case 'started':
      return event.claim === claim ? { word: 'began' } : undefined
    case 'probed': {
      if (event.claim !== claim) return undefined
      const { place, good } = event
      const whole = place === 'live' || place === 'untouched twin'
      return { word: whole ? (good ? 'held' : 'broke') : good ? 'caught' : 'missed', place }
    }
    case 'finished':
      return event.record.claim === claim ? { word: 'written' } : undefined
    case 'lost':
      return event.claim === claim ? { word: 'closed' } : undefined
    case 'trouble':
      return undefined
  }
}
