import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { PageSource } from '../../application.ts'
import type { Clock } from '../../core/clock.ts'
import type { ClaimReport, ProvenClaim, RunRecord, Standing, TrustReport } from '../../proof/claims/index.ts'
import { plannedSentences } from './sample-planned.ts'
import { recordOf } from './record.ts'

// A report in every state that a claim can be in, for the tests of this module.

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
export const sampleNowMs = Date.parse('2026-11-20T16:14:00.000Z')
export const sampleClock: Clock = { now: () => new Date(sampleNowMs), monotonicMs: () => 0 }
export const samplePage: PageSource = {
  title: 'Security at Northwind Desk',
  lede: 'We publish only what is in place. Every sentence below is attacked on a schedule, and leaves this page by itself when an attack comes through.',
  contact: 'security@northwind-desk.example',
  sections: [
    {
      title: 'Your data stays yours',
      sentences: [
        {
          text: 'Every query is bound to your organization. No customer can read, count, change or delete what belongs to another.',
          claims: ['isolation.rows'],
        },
        {
          text: 'Each part of our system reaches only what its work needs, and people reach less than that.',
          claims: ['production.least-privilege', 'access.reviewed'],
        },
        { text: 'You can export all of your data at any time, in open formats.', claims: ['export.any-time'] },
      ],
    },
    {
      title: 'When things go wrong',
      sentences: [
        {
          text: 'Backups are encrypted, and every night we restore the latest one into an empty database and compare it.',
          claims: ['backups.restored'],
        },
        { text: 'A failed primary database loses nothing that was acknowledged.', claims: ['database.replicated'] },
        { text: 'Our data centers are certified to ISO 27001.', claims: ['provider.certified'] },
        { text: 'Every access leaves a trail that nobody can alter, ourselves included.', claims: ['audit.complete'] },
      ],
    },
    {
      title: 'What is not there yet',
      sentences: [{ text: 'What is not in place is listed as coming, and never as done.', claims: ['roadmap.honest'] }],
    },
  ],
}

export function iso(agoMs: number): string {
  return new Date(sampleNowMs - agoMs).toISOString()
}

function sha(text: string): string {
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

const finding = {
  attack: 'compare the archive with the database',
  where: 'desk.merchant',
  saw: '0 of 128 rows in the archive',
}
const heldSince: Standing = { verdict: 'upheld', reason: 'held', since: iso(41 * dayMs), note: '' }

function proven(): readonly ClaimReport[] {
  const rows = provenClaim('isolation.rows', samplePage.sections[0]?.sentences[0]?.text ?? '')
  const least = provenClaim('production.least-privilege', 'Each part of our system reaches only what its work needs.', {
    freshnessMins: 60,
  })
  const taken = provenClaim('export.any-time', 'You can export all of your data at any time, in open formats.', {
    freshnessMins: 24 * 60,
  })
  const drill = provenClaim('backups.restored', 'Every night we restore the latest backup.', { freshnessMins: 26 * 60 })
  const replica = provenClaim('database.replicated', 'A failed primary loses nothing.', { freshnessMins: 7 * 24 * 60 })
  const trail = provenClaim('audit.complete', 'Every access leaves a trail.')
  const honest = provenClaim('roadmap.honest', 'What is not in place is listed as coming.', { freshnessMins: 60 })
  const lost = { from: iso(2 * 60 * minuteMs + 10 * minuteMs), indexFirst: 12_440, findings: [finding] }
  return [
    reportOf(rows, heldSince, {
      lastRun: { record: runOf(rows), index: 12_479 },
      nextRunAt: iso(-9 * minuteMs),
      runsTotal: 4_821,
      days: daysOf(ago => (ago === 41 ? 'refuted' : ago === 62 ? 'unproven' : 'upheld')),
      reds: [
        {
          from: iso(41 * dayMs + 22 * minuteMs),
          to: iso(41 * dayMs),
          indexFirst: 6_102,
          findings: [
            {
              ...finding,
              attack: 'count through a view',
              where: 'desk.conversation_summary',
              saw: '3,402 rows of another organization',
            },
          ],
        },
      ],
    }),
    reportOf(least, heldSince, {
      lastRun: {
        record: runOf(least, { population: { roles: 6, privileges: 212 }, observations: 848 }),
        index: 12_471,
      },
      runsTotal: 980,
      days: daysOf(ago => (ago > 41 ? 'none' : 'upheld')),
    }),
    reportOf(
      taken,
      { verdict: 'refuted', reason: 'refuted', since: lost.from, note: '' },
      {
        lastRun: {
          record: runOf(taken, {
            verdict: 'refuted',
            reason: 'refuted',
            findings: [finding],
            findings_total: 1,
            population: { tables: 9 },
            observations: 39,
            finished_at: lost.from,
          }),
          index: 12_440,
        },
        runsTotal: 41,
        days: daysOf(ago => (ago === 0 ? 'refuted' : ago > 40 ? 'none' : 'upheld')),
        reds: [lost],
      },
    ),
    reportOf(
      drill,
      { verdict: 'unproven', reason: 'expired', since: iso(6 * 60 * minuteMs), note: '' },
      {
        lastRun: {
          record: runOf(drill, { finished_at: iso(32 * 60 * minuteMs), expires_at: iso(6 * 60 * minuteMs) }),
          index: 11_009,
        },
        runsTotal: 12,
        days: daysOf(ago => (ago === 0 ? 'unproven' : ago > 12 ? 'none' : 'upheld')),
      },
    ),
    reportOf(
      replica,
      { verdict: 'unproven', reason: 'timed_out', since: iso(26 * 60 * minuteMs), note: '' },
      {
        lastRun: {
          record: runOf(replica, {
            verdict: 'unproven',
            reason: 'timed_out',
            finished_at: iso(26 * 60 * minuteMs),
            observations: 12,
            population: { servers: 2 },
          }),
          index: 10_776,
        },
        runsTotal: 6,
        days: daysOf(ago => (ago <= 1 ? 'unproven' : ago % 7 === 1 ? 'upheld' : 'none')),
      },
    ),
    reportOf(trail, { verdict: 'unproven', reason: 'never_run', note: '' }, { days: daysOf(() => 'none') }),
    reportOf(honest, heldSince, {
      lastRun: {
        record: runOf(honest, { population: { 'planned claims': 41, places: 4 }, observations: 164 }),
        index: 12_474,
      },
      runsTotal: 980,
      days: daysOf(ago => (ago > 41 ? 'none' : 'upheld')),
    }),
  ]
}

function stated(): readonly ClaimReport[] {
  const common = { kind: 'attested', mappings: {}, documentDigest: `sha256:${sha('certificate')}` } as const
  const standing: Standing = { verdict: 'attested', reason: 'attested', since: '2026-03-15T00:00:00.000Z', note: '' }
  const dates = { statedAt: '2026-03-15T00:00:00.000Z', expiresAt: '2027-03-14T00:00:00.000Z' }
  return [
    reportOf(
      {
        ...common,
        ...dates,
        id: 'provider.certified',
        sentence: 'Our data centers are certified to ISO 27001.',
        by: 'the hosting provider',
      },
      standing,
    ),
    reportOf(
      {
        ...common,
        ...dates,
        id: 'access.reviewed',
        sentence: 'Access is reviewed every quarter.',
        by: 'the head of operations',
      },
      standing,
    ),
  ]
}

const planned = plannedSentences.map(([id, sentence]) =>
  reportOf({ kind: 'planned', id, sentence, mappings: {} }, { verdict: 'planned', reason: 'planned', note: '' }),
)
const gone = reportOf(provenClaim('status.live', 'Our status page is never more than a minute behind.'), {
  verdict: 'unproven',
  reason: 'withdrawn',
  since: iso(9 * dayMs),
  note: '',
})

export const sampleReport: TrustReport = {
  service: 'Northwind Desk',
  at: iso(0),
  claims: [
    ...proven(),
    ...stated(),
    ...planned,
    { ...gone, claim: { kind: 'withdrawn', id: gone.claim.id, sentence: gone.claim.sentence, mappings: {} } },
  ],
  log: {
    origin: 'northwind-desk.example/upheld/evidence',
    size: 12_481,
    root: 'Vh0aQm8uS2w1uYpP1c0mZr8bC4o3nN5lq6J9wQe7Qk0=',
    checkpoint:
      'northwind-desk.example/upheld/evidence\n12481\nVh0aQm8uS2w1uYpP1c0mZr8bC4o3nN5lq6J9wQe7Qk0=\n\n— northwind-desk.example/upheld/evidence 8xJ2c0Zr8bC4o3nN5lq6J9wQe7Qk0Vh0aQm8uS2w1uYpP1c0mZr8bC4o3nN5lq6J9wQe7Qk0Vh0aQm8uS2w1uYpP1c0mZr8bC4==\n',
    key: 'northwind-desk.example/upheld/evidence+f3127671+AVh0aQm8uS2w1uYpP1c0mZr8bC4o3nN5lq6J9wQe7Qk0',
    signedAt: iso(3 * minuteMs),
  },
}

/** The log that fits the report: claims set down, then runs, then a change and a withdrawal. */
const leaves = [
  ...proven().map(({ claim, digest }) => set(claim, digest, 60)),
  set(gone.claim, gone.digest, 60),
  ...Array.from({ length: 70 }, (_, place) => runLeaf(place)),
  { type: 'upheld/withdrawal@v1', claim: gone.claim.id, digest: gone.digest, at: iso(9 * dayMs) },
  set(provenClaim('isolation.rows', samplePage.sections[0]?.sentences[0]?.text ?? ''), `sha256:${sha('second')}`, 5),
].map(leaf => ({ value: z.record(z.string(), z.json()).parse(leaf) }))

function set(claim: ClaimReport['claim'], digest: string, daysAgo: number) {
  return {
    type: 'upheld/claim@v1',
    claim: claim.id,
    digest,
    definition: { sentence: claim.sentence },
    at: iso(daysAgo * dayMs),
  }
}

function runLeaf(place: number) {
  const claim = provenClaim('isolation.rows', 'Every query is bound.')
  const at = iso((75 - place) * 15 * minuteMs)
  return { ...runOf(claim, { sequence: place + 1, started_at: at, finished_at: at, expires_at: at }) }
}

export const sampleRecord = recordOf(async () => leaves)
