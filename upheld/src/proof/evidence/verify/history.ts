import { digestOf } from '../../../core/json.ts'
import type { JsonObject } from '../../../core/json.ts'
import { objectAt, textAt } from './fields.ts'
import { doubtsOf, readRun } from './run.ts'
import type { Run } from './run.ts'

/** How a claim stands by the record alone. Words as on the page. */
export interface RecordedStanding {
  readonly verdict: 'upheld' | 'refuted' | 'unproven' | 'attested' | 'planned'
  readonly reason: string
  /** Empty when there is nothing to add. */
  readonly note: string
}

export interface RecordedClaim {
  readonly claim: string
  /** As last announced; undefined when the record holds runs of a claim that it never announced. */
  readonly digest?: string
  readonly sentence?: string
  readonly standing: RecordedStanding
  readonly runs: number
  /** Indices of all runs that were refuted, oldest first. They stay for ever. */
  readonly reds: readonly number[]
  readonly lastRun?: {
    readonly index: number
    readonly sequence: number
    readonly finishedAt: string
    readonly expiresAt: string
  }
  /** What is wrong with its record: a run that is missing or doubled, a definition that is not what its digest says. */
  readonly faults: readonly string[]
}

interface History {
  readonly claim: string
  digest?: string
  definition?: JsonObject
  withdrawn: boolean
  lastRun?: Run
  /** The latest end of any run: a newer run that ends before it was back-dated, or a clock was. */
  latestEnd: number
  runs: number
  readonly reds: number[]
  readonly faults: string[]
}

/** How far the clocks of the one who proves and the one who reads may differ. */
const skewMaxMs = 2_000

/** What the leaves, already verified as a log, say about each claim for somebody who reads at `now`. */
export function readClaims(leaves: readonly JsonObject[], now: Date): RecordedClaim[] {
  const histories = new Map<string, History>()
  leaves.forEach((leaf, index) => {
    const type = textAt(leaf, 'type') ?? ''
    const take = takers.get(type)
    const claim = textAt(leaf, 'claim')
    if (take === undefined || claim === undefined) return
    const history = histories.get(claim) ?? {
      claim,
      withdrawn: false,
      latestEnd: -Infinity,
      runs: 0,
      reds: [],
      faults: [],
    }
    histories.set(claim, history)
    take(history, leaf, index)
  })
  return [...histories.values()].map(history => recorded(history, now.getTime()))
}

const takers = new Map<string, (history: History, leaf: JsonObject, index: number) => void>([
  ['upheld/claim@v1', takeClaim],
  ['upheld/withdrawal@v1', takeWithdrawal],
  ['upheld/run@v1', takeRun],
])

function takeClaim(history: History, leaf: JsonObject, index: number): void {
  const [digest, definition] = [textAt(leaf, 'digest'), objectAt(leaf, 'definition')]
  history.withdrawn = false
  if (digest === undefined || definition === undefined || digestOf(definition) !== digest) {
    history.faults.push(`Leaf ${index} announces a claim whose digest is not that of its definition.`)
    return
  }
  Object.assign(history, { digest, definition })
}

function takeWithdrawal(history: History): void {
  history.withdrawn = true
}

function takeRun(history: History, leaf: JsonObject, index: number): void {
  history.runs += 1
  const run = readRun(leaf, index)
  if (run === undefined) {
    history.faults.push(`Leaf ${index} is a run that is not well formed.`)
    return
  }
  if (run.sequence !== history.runs) {
    history.faults.push(`Leaf ${index} is run ${run.sequence} where run ${history.runs} belongs.`)
  }
  if (run.verdict === 'refuted') history.reds.push(index)
  history.lastRun = run
  history.latestEnd = Math.max(history.latestEnd, run.finishedAt)
}

function recorded(history: History, nowMs: number): RecordedClaim {
  const { claim, digest, definition, runs, reds, faults, lastRun: run } = history
  const sentence = definition && textAt(definition, 'sentence')
  return {
    claim,
    ...(digest === undefined ? {} : { digest }),
    ...(sentence === undefined ? {} : { sentence }),
    standing: standingOf(history, nowMs),
    runs,
    reds,
    ...(run === undefined ? {} : { lastRun: lastRun(run) }),
    faults,
  }
}

function lastRun({ index, sequence, finishedAt, expiresAt }: Run): NonNullable<RecordedClaim['lastRun']> {
  return {
    index,
    sequence,
    finishedAt: new Date(finishedAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  }
}

/** Nothing that is absent, late or doubtful is ever upheld. */
function standingOf(history: History, nowMs: number): RecordedStanding {
  const { digest, definition, lastRun: run, faults } = history
  if (faults.length > 0 || definition === undefined) {
    return unproven('record_incomplete', faults[0] ?? 'The record never announced this claim.')
  }
  if (history.withdrawn) return unproven('withdrawn')
  const kind = textAt(definition, 'kind')
  if (kind === 'planned') return { verdict: 'planned', reason: 'planned', note: '' }
  if (kind === 'attested') return attestation(definition, nowMs)
  if (run === undefined) return unproven('never_run')
  if (run.digest !== digest) return unproven('changed')
  if (run.verdict !== 'upheld') return { verdict: run.verdict, reason: run.reason, note: run.note }
  if (run.finishedAt > nowMs + skewMaxMs) return unproven('clock', 'It ended later than now.')
  if (run.finishedAt < history.latestEnd - skewMaxMs) return unproven('clock', 'It ended before an earlier run did.')
  const doubts = doubtsOf(run, definition)
  if (doubts.length > 0) return unproven('record_incomplete', doubts.join(' '))
  return run.expiresAt <= nowMs ? unproven('expired') : { verdict: 'upheld', reason: 'held', note: '' }
}

function attestation(definition: JsonObject, nowMs: number): RecordedStanding {
  const [stated, expires] = ['statedAt', 'expiresAt'].map(key => Date.parse(textAt(definition, key) ?? ''))
  if (!((stated ?? NaN) <= nowMs + skewMaxMs)) return unproven('clock', 'It is stated later than now.')
  if (!((expires ?? NaN) > nowMs)) return unproven('expired')
  return { verdict: 'attested', reason: 'attested', note: '' }
}

function unproven(reason: string, note = ''): RecordedStanding {
  return { verdict: 'unproven', reason, note }
}
