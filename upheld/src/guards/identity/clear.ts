import type { Queryable } from '../../core/ports.ts'

const dayMs = 86_400_000
/** What was used or ran out is kept for a day, mails for a month, and the record of an account for a year. */
const keptMs = Object.freeze({ once: dayMs, mail: 30 * dayMs, event: 366 * dayMs })

/** Takes away what is over. A job, under its own login. Answers with how many rows went. */
export async function clearIdentity(database: Queryable, now: Date): Promise<number> {
  const before = (ms: number): Date => new Date(now.getTime() - ms)
  const steps: readonly (readonly [string, Date])[] = [
    [`delete from upheld_identity.once where expires_at < $1`, before(keptMs.once)],
    [
      `delete from upheld_identity.session where expires_at < $1 or seen_at + make_interval(secs => idle_secs) < $1`,
      now,
    ],
    [`delete from upheld_identity.sign_up where expires_at < $1`, now],
    [`delete from upheld_identity.email_change where undo_until < $1`, now],
    [`delete from upheld_identity.mail where created_at < $1`, before(keptMs.mail)],
    [`delete from upheld_identity.event where at < $1`, before(keptMs.event)],
  ]
  let gone = 0
  for (const [text, until] of steps) gone += (await database.query(text, [until])).rowCount
  return gone
}
