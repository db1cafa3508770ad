import { UpheldError } from '../../core/errors.ts'
import type { ProvenClaim } from './claim.ts'
import { skewMaxMs } from './limits.ts'
import { allHold, holds, outcomeOf, overlooked, together, type Broken, type Look, type Seen } from './looks.ts'
import { plain } from './tally.ts'
import type { Reason, RunRecord } from './verdict.ts'

export interface Facts {
  /** One look for each instrument of the claim. */
  readonly live: readonly Look[]
  /** The twin that nobody broke, and the broken ones. Absent when the live system did not hold. */
  readonly untouched?: readonly Look[]
  readonly broken: readonly Broken[]
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
  const live = together(facts.live)
  if (live.findingsTotal > 0) {
    const note = `${live.findingsTotal} of ${live.observations} attacks came through.`
    return { verdict: 'refuted', reason: 'refuted', note }
  }
  const doubt =
    doubtInTime(claim, facts) ?? doubtInProbes(claim, facts.live, live.observations) ?? doubtInTwins(claim, facts)
  if (doubt === undefined) return { verdict: 'upheld', reason: 'held', note: '' }
  const [reason, note] = doubt
  return { verdict: 'unproven', reason, note: plain(note) }
}

/** The verdict of one look at a live system where no twin can be had: by the same rules, less those about twins. */
export function concludeLook(seen: Seen, observationsMin: number): Conclusion {
  if (seen.findingsTotal > 0) {
    const note = `${seen.findingsTotal} of ${seen.observations} attacks came through.`
    return { verdict: 'refuted', reason: 'refuted', note }
  }
  const doubt = doubtInProbes({ observationsMin }, [{ by: 'outside', seen }], seen.observations)
  if (doubt === undefined) return { verdict: 'upheld', reason: 'held', note: '' }
  const [reason, note] = doubt
  return { verdict: 'unproven', reason, note: plain(note) }
}

type Doubt = readonly [reason: Reason, note: string] | undefined

function doubtInTime(claim: ProvenClaim, { durationMs, steppedMs, stopped, ...facts }: Facts): Doubt {
  if (stopped) return ['lost', 'The prover was stopped during the run.']
  const looks = [...facts.live, ...(facts.untouched ?? []), ...facts.broken.flatMap(twin => twin.looks)]
  if (durationMs > claim.timeoutSecs * 1000 || looks.some(({ seen }) => seen.end === 'abandoned')) {
    return ['timed_out', `The run used up its ${claim.timeoutSecs} seconds.`]
  }
  if (Math.abs(steppedMs) <= skewMaxMs && durationMs + steppedMs >= 0) return undefined
  const direction = steppedMs > 0 ? 'forward' : 'back'
  return ['clock', `The wall clock went ${direction} by ${Math.round(Math.abs(steppedMs))} ms during the run.`]
}

function doubtInProbes(
  claim: Pick<ProvenClaim, 'observationsMin'>,
  looks: readonly Look[],
  observations: number,
): Doubt {
  for (const { seen } of looks) {
    const doubt = doubtInLook(seen)
    if (doubt !== undefined) return doubt
  }
  return observations < claim.observationsMin
    ? ['empty', `${observations} attacks were made; the claim demands ${claim.observationsMin}.`]
    : undefined
}

function doubtInLook(seen: Seen): Doubt {
  if (seen.end === 'failed') return ['errored', explain(seen.thrown)]
  if (seen.fault !== undefined) return ['errored', seen.fault]
  const sizes = Object.entries(seen.population)
  const none = sizes.find(([, size]) => size === 0)
  if (sizes.length === 0) return ['empty', 'The probe counted no population.']
  if (none !== undefined) return ['empty', `There were no ${none[0]} to attack.`]
  if (seen.observations === 0) return ['empty', 'No attack was made.']
  const [unit, size] = sizes.reduce((most, one) => (one[1] > most[1] ? one : most))
  return size > seen.places
    ? ['empty', `The probe counted ${size} ${unit} and attacked only ${seen.places} places.`]
    : undefined
}

function doubtInTwins(claim: ProvenClaim, { untouched, broken }: Facts): Doubt {
  const tried = new Map(broken.map(({ name, looks }) => [name, looks]))
  const named = claim.sabotages.map(({ name }) => ({ name, looks: tried.get(name) }))
  const missed = named.flatMap(({ name, looks = [] }) => (outcomeOf(looks) === 'missed' ? [missedBy(name, looks)] : []))
  if (missed.length > 0) return ['sabotage_missed', `Not noticed: ${missed.join(', ')}.`]
  if (untouched === undefined || !allHold(untouched)) return ['sabotage_errored', doubtInUntouched(untouched)]
  const failed = named.find(({ looks }) => looks === undefined || outcomeOf(looks) === 'errored')
  if (failed === undefined) return undefined
  const cause = failed.looks?.find(({ seen }) => seen.findingsTotal === 0)?.seen
  return ['sabotage_errored', `${failed.name}: ${cause?.fault ?? explain(cause?.thrown)}`]
}

/** With several instruments, also which of them overlooked it. */
function missedBy(name: string, looks: readonly Look[]): string {
  const blind = looks.filter(({ seen }) => overlooked(seen)).map(({ by }) => by)
  return looks.length === 1 ? name : `${name} by ${blind.join(' and ')}`
}

function doubtInUntouched(looks: readonly Look[] | undefined): string {
  const seen = looks?.find(look => !holds(look.seen))?.seen
  if (seen === undefined || seen.end !== 'finished') return `The untouched twin: ${explain(seen?.thrown)}`
  const first = seen.findings[0]
  const what = first === undefined ? 'nothing was attacked' : `${first.attack} came through at ${first.where}`
  return `The untouched twin did not hold, so the broken ones prove nothing: ${what}.`
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
