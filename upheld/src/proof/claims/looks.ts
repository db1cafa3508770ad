import type { Finding, ProvenClaim } from './claim.ts'
import { attackMax, attacksBytesMax, findingsBytesMax, findingsMax } from './limits.ts'
import { Noticed as Enough, plain, type Count } from './tally.ts'
import type { Noticed, TriedSabotage } from './verdict.ts'
import type { Outcome } from './within.ts'

/** What one probing of one world came to. */
export interface Seen extends Count {
  readonly end: 'finished' | 'failed' | 'abandoned'
  /** What was thrown when it failed. It may hold anything. */
  readonly thrown?: unknown
}

/** One instrument's probing of one world. */
export interface Look {
  readonly by: string
  readonly seen: Seen
}

/** A world that was broken on purpose, and every look at it. */
export interface Broken {
  readonly name: string
  readonly beyond: readonly string[]
  readonly looks: readonly Look[]
}

export function seenOf(outcome: Outcome<unknown>, count: Count): Seen {
  if (outcome.end !== 'failed') return { ...count, end: outcome.end }
  // It was sent home with its finding: it has done what it set out to do.
  return outcome.thrown instanceof Enough
    ? { ...count, end: 'finished' }
    : { ...count, end: 'failed', thrown: outcome.thrown }
}

/** Whether a probing went through with attacks made and none successful. */
export function holds(seen: Seen): boolean {
  return seen.end === 'finished' && seen.fault === undefined && seen.findingsTotal === 0 && seen.observations > 0
}

export function allHold(looks: readonly Look[]): boolean {
  return looks.length > 0 && looks.every(look => holds(look.seen))
}

/** Every instrument has to notice; one that overlooks what was broken is graver than one that could not look. */
export function outcomeOf(looks: readonly Look[]): TriedSabotage['outcome'] {
  const blind = looks.filter(({ seen }) => seen.findingsTotal === 0)
  if (looks.length > 0 && blind.length === 0) return 'caught'
  return blind.some(({ seen }) => overlooked(seen)) ? 'missed' : 'errored'
}

/** It looked to the end and saw nothing. */
export function overlooked({ end, fault, findingsTotal }: Seen): boolean {
  return findingsTotal === 0 && end === 'finished' && fault === undefined
}

/** What several instruments saw of one world, as one count. Two that count the same thing count it once. */
export function together(looks: readonly Look[]): Seen {
  const sum = (of: (seen: Seen) => number): number => looks.reduce((total, { seen }) => total + of(seen), 0)
  const population: Record<string, number> = {}
  for (const [unit, size] of looks.flatMap(({ seen }) => Object.entries(seen.population))) {
    population[unit] = Math.max(population[unit] ?? 0, size)
  }
  const fault = looks.find(({ seen }) => seen.fault !== undefined)?.seen.fault
  const stopped = looks.find(({ seen }) => seen.end !== 'finished')?.seen
  return {
    population,
    observations: sum(seen => seen.observations),
    places: sum(seen => seen.places),
    findings: kept(looks.flatMap(({ seen }) => seen.findings)),
    findingsTotal: sum(seen => seen.findingsTotal),
    end: stopped?.end ?? 'finished',
    ...(stopped === undefined ? {} : { thrown: stopped.thrown }),
    ...(fault === undefined ? {} : { fault }),
  }
}

function kept(findings: readonly Finding[]): readonly Finding[] {
  let bytes = 0
  return findings.slice(0, findingsMax).filter(finding => {
    bytes += Buffer.byteLength(JSON.stringify(finding))
    return bytes <= findingsBytesMax
  })
}

/** How each sabotage went, as the record says it: with several instruments also who noticed it, when, and by what. */
export function triedOf({ instruments }: ProvenClaim, broken: readonly Broken[]): readonly TriedSabotage[] {
  if (instruments === undefined) return broken.map(({ name, looks }) => ({ name, outcome: outcomeOf(looks) }))
  let bytes = 0
  const named = (attack: string): string => {
    const text = attack.slice(0, attackMax).toWellFormed()
    bytes += Buffer.byteLength(JSON.stringify(text))
    return bytes <= attacksBytesMax ? text : ''
  }
  return broken.map(({ name, looks, beyond }) => ({
    name,
    outcome: outcomeOf(looks),
    noticed: looks.flatMap(({ by, seen }): Noticed[] =>
      seen.findingsTotal === 0
        ? []
        : [[by, Math.round(seen.firstAfterMs ?? 0), named(plain(seen.findings[0]?.attack ?? ''))]],
    ),
    ...(beyond.length === 0 ? {} : { beyond }),
  }))
}
