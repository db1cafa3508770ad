import { UpheldError } from '../../core/errors.ts'
import type { ProvenClaim } from './claim.ts'
import { skewMaxMs } from './limits.ts'
import { plain, type Count } from './tally.ts'
import type { Reason, RunRecord } from './verdict.ts'

/** What one probing of one world came to. */
export interface Seen extends Count {
  readonly end: 'finished' | 'failed' | 'abandoned'
  /** What was thrown when it failed. It may hold anything. */
  readonly thrown?: unknown
}

export interface Facts {
  readonly live: Seen
  /** The twin that nobody broke, and the broken ones. Absent when the live system did not hold. */
  readonly untouched?: Seen
  readonly broken: readonly { readonly name: string; readonly seen: Seen }[]
  /** By the monotonic clock. */
  readonly durationMs: number
  /** How much farther the wall clock went than the monotonic one; negative when it went back. */
  readonly steppedMs: number
  /** The prover was told to stop: the run did not use up its own time. */
  readonly stopped: boolean
}

type Conclusion = Pick<RunRecord, 'verdict' | 'reason' | 'note'>

/** The verdict of one run, out of nothing but what was counted. A run is upheld only when no rule objects. */
export function conclude(claim: ProvenClaim, facts: Facts): Conclusion {
  const { live } = facts
  if (live.findingsTotal > 0) {
    const note = `${live.findingsTotal} of ${live.observations} attacks came through.`
    return { verdict: 'refuted', reason: 'refuted', note }
  }
  const doubt = doubtInTime(claim, facts) ?? doubtInProbe(claim, live) ?? doubtInTwins(claim, facts)
  if (doubt === undefined) return { verdict: 'upheld', reason: 'held', note: '' }
  const [reason, note] = doubt
  return { verdict: 'unproven', reason, note: plain(note) }
}

type Doubt = readonly [reason: Reason, note: string] | undefined

function doubtInTime(claim: ProvenClaim, { durationMs, steppedMs, stopped, ...facts }: Facts): Doubt {
  if (stopped) return ['lost', 'The prover was stopped during the run.']
  const probings = [facts.live, facts.untouched, ...facts.broken.map(twin => twin.seen)]
  if (durationMs > claim.timeoutSecs * 1000 || probings.some(seen => seen?.end === 'abandoned')) {
    return ['timed_out', `The run used up its ${claim.timeoutSecs} seconds.`]
  }
  if (Math.abs(steppedMs) <= skewMaxMs && durationMs + steppedMs >= 0) return undefined
  const direction = steppedMs > 0 ? 'forward' : 'back'
  return ['clock', `The wall clock went ${direction} by ${Math.round(Math.abs(steppedMs))} ms during the run.`]
}

function doubtInProbe(claim: ProvenClaim, live: Seen): Doubt {
  if (live.end === 'failed') return ['errored', explain(live.thrown)]
  if (live.fault !== undefined) return ['errored', live.fault]
  const sizes = Object.entries(live.population)
  const none = sizes.find(([, size]) => size === 0)
  if (sizes.length === 0) return ['empty', 'The probe counted no population.']
  if (none !== undefined) return ['empty', `There were no ${none[0]} to attack.`]
  if (live.observations < claim.observationsMin) {
    return ['empty', `${live.observations} attacks were made; the claim demands ${claim.observationsMin}.`]
  }
  const [unit, size] = sizes.reduce((most, one) => (one[1] > most[1] ? one : most))
  return size > live.places
    ? ['empty', `The probe counted ${size} ${unit} and attacked only ${live.places} places.`]
    : undefined
}

function doubtInTwins(claim: ProvenClaim, { untouched, broken }: Facts): Doubt {
  const tried = new Map(broken.map(({ name, seen }) => [name, seen]))
  const named = claim.sabotages.map(({ name }) => ({ name, seen: tried.get(name) }))
  const missed = named.filter(({ seen }) => seen !== undefined && outcomeOf(seen) === 'missed')
  if (missed.length > 0) return ['sabotage_missed', `Not noticed: ${missed.map(({ name }) => name).join(', ')}.`]
  if (untouched === undefined || !holds(untouched)) return ['sabotage_errored', doubtInUntouched(untouched)]
  const failed = named.find(({ seen }) => seen === undefined || outcomeOf(seen) === 'errored')
  if (failed === undefined) return undefined
  return ['sabotage_errored', `${failed.name}: ${failed.seen?.fault ?? explain(failed.seen?.thrown)}`]
}

function doubtInUntouched(seen: Seen | undefined): string {
  if (seen === undefined || seen.end !== 'finished') return `The untouched twin: ${explain(seen?.thrown)}`
  const first = seen.findings[0]
  const what = first === undefined ? 'nothing was attacked' : `${first.attack} came through at ${first.where}`
  return `The untouched twin did not hold, so the broken ones prove nothing: ${what}.`
}

/** Whether a probing went through with attacks made and none successful. */
export function holds(seen: Seen): boolean {
  return seen.end === 'finished' && seen.fault === undefined && seen.findingsTotal === 0 && seen.observations > 0
}

export function outcomeOf(seen: Seen): RunRecord['sabotages'][number]['outcome'] {
  if (seen.findingsTotal > 0) return 'caught'
  return seen.end === 'finished' && seen.fault === undefined ? 'missed' : 'errored'
}

const codeForm = /^[A-Z0-9_]{2,40}$/
const nameForm = /^[A-Za-z]{1,40}$/

/**
 * Why something failed, for a public record. The text of an error that is not ours is left out:
 * a driver quotes the values that it could not take, and those may be a customer's.
 */
function explain(thrown: unknown): string {
  if (thrown instanceof UpheldError) return `${thrown.message} (${thrown.code})`
  const name = thrown instanceof Error && nameForm.test(thrown.name) ? thrown.name : 'something that is no error'
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined
  return `It stopped with ${name}${typeof code === 'string' && codeForm.test(code) ? ` ${code}` : ''}.`
}
