import type { AttackLog } from './log.ts'
import { attempt, wasRefused } from './outcome.ts'
import { tells, type Pair } from './pair.ts'

/** Where a server shows what others are doing, have done, or have. */
const windows: Readonly<Record<string, string>> = {
  'running statements': 'pg_stat_activity',
  'past statements': 'pg_stat_statements',
  'prepared statements': 'pg_prepared_statements',
  cursors: 'pg_cursors',
  'most common values': 'pg_stats',
  'statistics of several columns': 'pg_stats_ext',
  'statistics of expressions': 'pg_stats_ext_exprs',
  locks: 'pg_locks',
  settings: 'pg_settings',
  'large objects': 'pg_largeobject',
}

/**
 * The victim stands in the middle of a transaction and has just written its secret into a statement; the thief looks
 * through every window of the server. A refusal is as good as seeing nothing.
 */
export async function attackByWatching(pair: Pair, log: AttackLog): Promise<void> {
  const { victim, thief, theirs } = pair
  await victim.transaction(async tx => {
    await tx.query(`select 'canary-${theirs.mark}' as word`)
    for (const [attack, view] of Object.entries(windows)) {
      const outcome = await attempt(thief, `select to_jsonb(w)::text as seen from ${view} w`)
      if ('code' in outcome) {
        // One that this server does not have shows nothing either.
        if (wasRefused(outcome) || /^42(P01|883|704)$/.test(outcome.code)) log.observe(`watch ${attack}`, view)
        else log.pass(`watch ${attack}`, view, `it ended with ${outcome.code}`)
      } else if (tells(pair, JSON.stringify(outcome.rows))) {
        log.refute({ attack: `watch ${attack}`, where: view, saw: 'values of the other organization' })
      } else log.observe(`watch ${attack}`, view)
    }
  })
}
