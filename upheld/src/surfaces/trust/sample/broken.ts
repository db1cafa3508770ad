import type { ClaimReport } from '../../../proof/claims/index.ts'
import { daysOf, iso, minuteMs, provenClaim, reportOf, runOf } from './builders.ts'

const finding = {
  attack: 'compare the archive with the database',
  where: 'desk.merchant',
  saw: '0 of 128 rows in the archive',
}

const taken = provenClaim('export.any-time', 'You can export all of your data at any time, in open formats.', {
  freshnessMins: 24 * 60,
})
const drill = provenClaim('backups.restored', 'Every night we restore the latest backup.', { freshnessMins: 26 * 60 })
const replica = provenClaim('database.replicated', 'A failed primary loses nothing.', { freshnessMins: 7 * 24 * 60 })
const trail = provenClaim('audit.complete', 'Every access leaves a trail.')
const lost = { from: iso(130 * minuteMs), indexFirst: 12_440, findings: [finding] }

/** Claims that do not hold: refuted, too old, timed out, never attacked. */
export const brokenReports: readonly ClaimReport[] = [
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
      lapses: [
        { from: iso(6 * 60 * minuteMs), reason: 'expired', index: 11_009 },
        { from: iso(80 * 60 * minuteMs), to: iso(79 * 60 * minuteMs), end: 'upheld', reason: 'errored', index: 10_400 },
      ],
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
]
