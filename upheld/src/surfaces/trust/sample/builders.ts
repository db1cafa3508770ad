import { createHash } from 'node:crypto'
import type { Clock } from '../../../core/clock.ts'
import {
  noticersOf,
  type ClaimReport,
  type ProvenClaim,
  type RunRecord,
  type Standing,
  type TwinWorld,
} from '../../../proof/claims/index.ts'

// Claims, runs and reports as the engine makes them, for the tests of this module. A test names only what it is about.

export const minuteMs = 60_000
export const dayMs = 24 * 60 * minuteMs
export const sampleNowMs = Date.parse('2026-11-20T16:14:00.000Z')
export const sampleClock: Clock = { now: () => new Date(sampleNowMs), monotonicMs: () => 0 }

export function iso(agoMs: number): string {
  return new Date(sampleNowMs - agoMs).toISOString()
}

export function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

export function provenClaim(id: string, sentence: string, change: Partial<ProvenClaim> = {}): ProvenClaim {
  return {
    kind: 'proven',
    id,
    sentence,
    population: 'every table that holds customers’ rows, counted in the database’s own catalogue',
    freshnessMins: 15,
    observationsMin: 100,
    timeoutSecs: 60,
    assumptions: ['nobody holds the superuser of the database'],
    notCovered: ['files outside the database', 'a stolen superuser'],
    mappings: { asvs: ['v5.0.0-8.4.1'], soc2: ['CC6.1'], iso27001: ['A.8.3'], gdpr: ['Art. 32'] },
    probe: {
      says: 'Signed in as one organization, it reads, counts, joins, changes, moves and deletes the rows of another, through every table, with forged, expired and missing context.',
      source: 'file:///probe.ts',
      run: async () => undefined,
    },
    sabotages: [
      ['rls-off', 'row security was switched off on one table'],
      ['policy-without-check', 'a policy let rows be written into another organization'],
      ['owner-as-app', 'the application signed in as the owner of the tables'],
      ['signature-unchecked', 'the signature of the context was not checked'],
    ].map(([name = '', says = '']) => ({ name, says, source: 'file:///s.ts', apply: async twin => twin })),
    ...change,
  }
}

/** The same claim, looked at in two ways, of which one cannot see everything. */
export function withInstruments({ probe, ...claim }: ProvenClaim): ProvenClaim {
  if (probe === undefined) return claim
  const sabotages = [
    ...claim.sabotages,
    {
      name: 'gate-off',
      says: 'the driver lets every kind of statement through',
      beyond: { linter: 'it lives in the driver, which no catalogue shows' },
      source: 'file:///s.ts',
      apply: async (twin: TwinWorld) => twin,
    },
  ]
  const linter = {
    ...probe,
    name: 'linter',
    says: 'It reads the catalogue of the database, and holds it against rules.',
  }
  return { ...claim, instruments: [linter, { ...probe, name: 'prober' }], sabotages }
}

/** A run of it that is upheld: every instrument noticed what it is meant to. */
export function triedBy(claim: ProvenClaim): RunRecord['sabotages'] {
  return claim.sabotages.map((sabotage, place) => ({
    name: sabotage.name,
    outcome: 'caught',
    noticed: noticersOf(claim, sabotage).map(by =>
      by === 'linter' ? [by, 40 + place, 'policy.lets-all-through'] : [by, 1_180 - 200 * place, 'read a row of theirs'],
    ),
    ...(sabotage.beyond === undefined ? {} : { beyond: Object.keys(sabotage.beyond) }),
  }))
}

export function runOf(claim: ProvenClaim, change: Partial<RunRecord> = {}): RunRecord {
  return {
    type: 'upheld/run@v1',
    claim: claim.id,
    claim_digest: `sha256:${sha(claim.id)}`,
    sequence: 4_821,
    started_at: iso(3 * minuteMs + 7_400),
    finished_at: iso(3 * minuteMs),
    duration_ms: 7_400,
    expires_at: iso(-12 * minuteMs),
    verdict: 'upheld',
    reason: 'held',
    population: { tables: 9, 'kinds of attack': 14 },
    observations: 1_204,
    observations_min: claim.observationsMin,
    findings: [],
    findings_total: 0,
    sabotages: claim.sabotages.map(({ name }) => ({ name, outcome: 'caught' as const })),
    untouched_twin: 'held',
    note: '',
    ...change,
  }
}

type Worst = ClaimReport['days'][number]['worst']
export function daysOf(worstOf: (daysAgo: number) => Worst): ClaimReport['days'] {
  return Array.from({ length: 90 }, (_, place) => ({
    day: iso((89 - place) * dayMs).slice(0, 10),
    worst: worstOf(89 - place),
  }))
}

export function reportOf(
  claim: ClaimReport['claim'],
  standing: Standing,
  change: Partial<ClaimReport> = {},
): ClaimReport {
  return { claim, digest: `sha256:${sha(claim.id)}`, standing, runsTotal: 0, days: [], reds: [], ...change }
}
