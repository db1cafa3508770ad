import type { Queryable } from '../../core/ports.ts'
import { pause } from '../../core/clock.ts'
import { refuse } from './errors.ts'

const turn = 7_305_807_354_490n
const secsMax = 15
const restMs = 100

/**
 * One adoption in a database at a time: a lock of the connection, taken again when the connection was replaced. What a
 * killed one has left running ends by itself within seconds, so it is waited for: at most 15 s.
 * @throws adoption.busy
 */
export async function takeTurn(database: Queryable, patienceSecs: number): Promise<void> {
  const triesMax = (Math.min(secsMax, patienceSecs) * 1000) / restMs
  for (let tries = 1; ; tries++) {
    const { rows } = await database.query(
      `select exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and granted
         and ((classid::bigint << 32) | objid::bigint) = $1::bigint) or pg_try_advisory_lock($1::bigint) as mine`,
      [turn.toString()],
    )
    if (rows[0]?.['mine'] === true) return
    if (tries >= triesMax) throw refuse.busy()
    await pause(restMs)
  }
}
