import type { ClaimReport, Standing } from '../../../proof/claims/index.ts'
import {
  dayMs,
  daysOf,
  iso,
  minuteMs,
  provenClaim,
  reportOf,
  runOf,
  sha,
  triedBy,
  withInstruments,
} from './builders.ts'
import { samplePage } from './page.ts'

const heldSince: Standing = { verdict: 'upheld', reason: 'held', since: iso(41 * dayMs), note: '' }

const rows = withInstruments(provenClaim('isolation.rows', samplePage.sections[0]?.sentences[0]?.text ?? ''))
const least = provenClaim('production.least-privilege', 'Each part of our system reaches only what its work needs.', {
  freshnessMins: 60,
})
const honest = provenClaim('roadmap.honest', 'What is not in place is listed as coming.', { freshnessMins: 60 })

/** Claims that hold; the first one did not at one time. */
export const heldReports: readonly ClaimReport[] = [
  reportOf(rows, heldSince, {
    lastRun: { record: runOf(rows, { sabotages: triedBy(rows) }), index: 12_479 },
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
  reportOf(honest, heldSince, {
    lastRun: {
      record: runOf(honest, { population: { 'planned claims': 41, places: 4 }, observations: 164 }),
      index: 12_474,
    },
    runsTotal: 980,
    days: daysOf(ago => (ago > 41 ? 'none' : 'upheld')),
  }),
]

/** Claims that somebody answers for. */
export const statedReports: readonly ClaimReport[] = stated()

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
