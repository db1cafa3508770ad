import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { pause, type Clock } from '../../core/clock.ts'
import type { Database } from '../../core/ports.ts'
import type { Claim, ProvenClaim } from './claim.ts'
import { refuse } from './errors.ts'
import { backoffMaxMs } from './limits.ts'
import type { AppendLeaf } from './ports.ts'
import type { OnProgress } from './progress.ts'
import { declarePromises } from './promises.ts'
import { runClaim } from './runner.ts'
import { finishTurn, hasten, progressOf, renewTurn, takeTurn, type Turn, type TurnPorts } from './turns.ts'
import type { RunRecord } from './verdict.ts'
import type { Stage } from './world.ts'

export interface SchedulerPorts {
  /** With the `upheld_proof` login. */
  readonly database: Database
  readonly append: AppendLeaf
  readonly stage: Stage
  readonly clock: Clock
  /** For jitter: from 0 to below 1. */
  readonly random: () => number
  readonly onProgress?: OnProgress
  /**
   * Work that was ordered, done between two turns: one order at most, and true when there was one. It tells of its own
   * trouble and never rejects for it.
   */
  readonly between?: (signal: AbortSignal) => Promise<boolean>
}

const optionsSchema = z.strictObject({
  /** A prover that does not renew within this time is taken for dead. 200 ms to 10 min, default 30 s. */
  leaseMs: z.number().int().min(200).max(600_000).default(30_000),
  /** Between two looks for a turn that is due. 20 ms to 1 min, default 1 s. */
  pollMs: z.number().int().min(20).max(60_000).default(1_000),
})
export type SchedulerOptions = z.input<typeof optionsSchema>

export interface Scheduler {
  /**
   * Runs what is due, one claim after another, until the signal aborts. The first time everything new is due.
   * Trouble is told to `onProgress` and tried again; it never ends the work.
   */
  run(signal: AbortSignal): Promise<void>
  /**
   * Every proven claim once, now, or only those with these ids, each in a run that begins after this call. A run that
   * another prover begins meanwhile counts.
   * @returns the runs that this process wrote down
   * @throws claims.bad_round, and whatever the database or the log throws
   */
  runRound(signal: AbortSignal, ids?: readonly string[]): Promise<readonly RunRecord[]>
}

/** @throws claims.bad_options */
export function scheduler(ports: SchedulerPorts, claims: readonly Claim[], options: SchedulerOptions = {}): Scheduler {
  const checked = optionsSchema.safeParse(options)
  if (!checked.success) throw refuse.bad_options({ detail: z.prettifyError(checked.error) })
  const { leaseMs, pollMs } = checked.data
  const turns: TurnPorts = { ...ports, leaseMs, runner: randomUUID() }
  const proven = claims.filter(claim => claim.kind === 'proven')
  const declare = (): Promise<void> => declarePromises(ports.database, ports.append, claims, ports.clock)

  return Object.freeze({
    async run(signal: AbortSignal) {
      let declared = false
      let failures = 0
      while (!signal.aborted) {
        try {
          if (!declared) await declare()
          declared = true
          const ordered = await between(ports, signal)
          const record = await work(ports, turns, proven, signal)
          failures = 0
          if (record === undefined && !ordered) await pause(pollMs, signal)
        } catch (cause) {
          failures += 1
          ports.onProgress?.({ type: 'trouble', says: 'The prover could not do its work and will try again.', cause })
          await pause(Math.min(pollMs * 2 ** failures, backoffMaxMs), signal)
        }
      }
    },

    async runRound(signal: AbortSignal, ids?: readonly string[]) {
      const wanted = ids === undefined ? proven : ids.map(id => runnable(proven, id))
      await declare()
      const before = await progressOf(ports.database, wanted)
      const records: RunRecord[] = []
      while (!signal.aborted) {
        const waiting = await unfinished(ports.database, wanted, before)
        if (waiting.length === 0) break
        // A round of some is an order itself, or somebody waits for it at a terminal.
        if (ids === undefined) await between(ports, signal)
        const record = await work(ports, turns, waiting, signal)
        if (record === undefined) await pause(pollMs, signal)
        else records.push(record)
      }
      return records
    },
  })
}

async function between(ports: SchedulerPorts, signal: AbortSignal): Promise<boolean> {
  return !signal.aborted && (await ports.between?.(signal)) === true
}

function runnable(proven: readonly ProvenClaim[], id: string): ProvenClaim {
  const claim = proven.find(one => one.id === id)
  if (claim === undefined) throw refuse.bad_round({ detail: id })
  return claim
}

/** Those of which no run was begun and ended since `before`. Those that nobody runs are made due. */
async function unfinished(
  database: Database,
  claims: readonly ProvenClaim[],
  before: Awaited<ReturnType<typeof progressOf>>,
): Promise<ProvenClaim[]> {
  const now = await progressOf(database, claims)
  const waiting = claims.filter(({ id }) => {
    const stand = now.get(id)
    return stand !== undefined && (stand.running || stand.sequence <= (before.get(id)?.sequence ?? 0))
  })
  for (const claim of waiting) await hasten(database, claim)
  return waiting
}

/** One turn, if one is due and free. Undefined when none is, and when the turn was lost before its end. */
async function work(
  ports: SchedulerPorts,
  turns: TurnPorts,
  claims: readonly ProvenClaim[],
  signal: AbortSignal,
): Promise<RunRecord | undefined> {
  const taken = await takeTurn(turns, claims)
  if (taken === undefined) return undefined
  const { turn, lost } = taken
  if (lost !== undefined) ports.onProgress?.({ type: 'lost', claim: lost.claim, sequence: lost.sequence })
  const record = await whileHeld(turns, turn, signal, held => runClaim(turn.claim, turn.sequence, ports, held))
  const index = await finishTurn(turns, turn, record, nextInMs(turn.claim, record, ports.random()))
  if (index === undefined) {
    const says = 'Another prover took this run for dead and has closed it.'
    ports.onProgress?.({ type: 'trouble', claim: turn.claim.id, says })
    return undefined
  }
  ports.onProgress?.({ type: 'finished', record, index })
  return record
}

/**
 * Three runs fit into the life of one evidence, so one that fails does not make the next one late.
 * Jitter only ever shortens the wait. A run that was cut off is due again at once.
 */
function nextInMs(claim: ProvenClaim, record: RunRecord, random: number): number {
  if (record.reason === 'lost') return 0
  return Math.round(claim.freshnessMins * 20_000 * (1 - random / 4))
}

/** Does the work under a heartbeat that renews the lease; tells it to stop when the lease is gone. */
async function whileHeld<T>(
  turns: TurnPorts,
  turn: Turn,
  signal: AbortSignal,
  work: (held: AbortSignal) => Promise<T>,
): Promise<T> {
  const gone = new AbortController()
  const done = new AbortController()
  const beating = beat(turns, turn, done.signal).then(held => {
    if (!held) gone.abort()
  })
  try {
    return await work(AbortSignal.any([signal, gone.signal]))
  } finally {
    done.abort()
    await beating
  }
}

/** @returns false once the turn is held no more */
async function beat(turns: TurnPorts, turn: Turn, done: AbortSignal): Promise<boolean> {
  let renewedMs = turns.clock.monotonicMs()
  for (;;) {
    await pause(turns.leaseMs / 3, done)
    if (done.aborted) return true
    try {
      if (!(await renewTurn(turns, turn))) return false
      renewedMs = turns.clock.monotonicMs()
    } catch {
      // A database that does not answer for a moment costs nothing; for a whole lease, it costs the turn.
      if (turns.clock.monotonicMs() - renewedMs > turns.leaseMs) return false
    }
  }
}
