import { randomInt } from 'node:crypto'
import { pause, type Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import type { PaceOptions } from './options.ts'

/** The lock was not granted in time, or two transactions waited for each other; nothing of ours was kept. */
const missed = /^(55P03|40P01|40001)$/
const restMsMax = 5_000

export interface Patience {
  readonly database: Database
  readonly pace: PaceOptions
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Called before each further try. */
  readonly onRetry: (attempt: number, blockers: string) => void
  /** SQLSTATEs after which it is tried again. */
  readonly again?: RegExp
}

/**
 * One transaction that never stands in line for a lock longer than `lockTimeoutMs`: whoever waits for a strong lock makes
 * everybody behind wait too. After a miss it steps back, rests longer each time, and tries again.
 * @throws adoption.lock_not_granted, adoption.interrupted
 */
export async function patiently<T>(patience: Patience, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const { database, pace, clock, signal, again = missed } = patience
  const untilMs = clock.monotonicMs() + pace.patienceSecs * 1000
  for (let attempt = 1; ; attempt++) {
    if (signal.aborted) throw refuse.interrupted()
    try {
      return await database.transaction(async tx => {
        await tx.query(
          `select set_config('lock_timeout', $1, true), set_config('statement_timeout', '0', true),
             set_config('idle_in_transaction_session_timeout', '60s', true),
             set_config('client_connection_check_interval', '1s', true), set_config('search_path', 'pg_catalog', true)`,
          [`${pace.lockTimeoutMs}ms`],
        )
        return work(tx)
      })
    } catch (thrown) {
      if (!again.test(codeOf(thrown))) throw thrown
      const blockers = await holders(database)
      if (clock.monotonicMs() > untilMs) throw refuse.lock_not_granted({ detail: blockers, cause: thrown })
      patience.onRetry(attempt, blockers)
      await pause(Math.min(restMsMax, 50 * 2 ** Math.min(attempt, 10)) + randomInt(50), signal)
    }
  }
}

function codeOf(thrown: unknown): string {
  if (thrown instanceof UpheldError) return ''
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
}

/** The oldest open transactions of this database, by process and age; never what they run. */
async function holders(database: Queryable): Promise<string> {
  const { rows } = await database.query(
    `select string_agg(format('process %s, open for %s s', pid, age), '; ') as list from (
       select pid, extract(epoch from clock_timestamp() - xact_start)::int as age from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
       order by xact_start limit 3) oldest`,
  )
  const list = rows[0]?.['list']
  return typeof list === 'string' ? `Oldest transactions: ${list}.` : 'No other transaction is open now.'
}
