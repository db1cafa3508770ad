import { z } from 'zod'
import { messageOf } from '../../core/errors.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import { noteChange } from './operator.ts'
import type { Operator } from './operator.ts'

export interface Retention {
  /** 1 to 36,500; null keeps for ever. */
  readonly keepDays: number | null
  /** Why nothing may go for now, such as the number of a case; null for no hold. */
  readonly legalHold: string | null
}

const logRows = z.array(
  z.object({
    id: z.coerce.string(),
    origin: z.string(),
    closed: z.boolean(),
    minimum_index: z.coerce.number().int(),
    due: z.coerce.number().int(),
  }),
)
const retentionForm = z.strictObject({
  keepDays: z.number().int().min(1).max(36_500).nullable(),
  legalHold: z.string().min(1).max(120).nullable(),
})

/**
 * Says how long the leaves of an organization are kept. Recorded as an entry; the reason of a hold stays beside the log.
 * @throws audit.bad_options, audit.bad_actor
 */
export async function setRetention(
  db: Database,
  organization: string,
  to: Retention,
  operator: Operator,
): Promise<void> {
  const parsed = retentionForm.safeParse(to)
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error) })
  const { keepDays, legalHold } = parsed.data
  await db.transaction(async tx => {
    await tx.query(
      `insert into upheld_audit.retention (organization_id, keep_days, legal_hold) values ($1, $2, $3)
       on conflict (organization_id) do update
       set keep_days = excluded.keep_days, legal_hold = excluded.legal_hold, changed_at = clock_timestamp()`,
      [organization, keepDays, legalHold],
    )
    const detail = { legal_hold: legalHold !== null, ...(keepDays === null ? {} : { keep_days: keepDays }) }
    await noteChange(tx, organization, operator, { action: 'audit.retention', detail })
  })
}

/**
 * Takes away the leaves of an organization that its policy no longer keeps, in whole tiles of 256, with what finds them and
 * their personal values. Hash tiles stay, so that every later leaf is still proven; the log says from which index it has
 * leaves. Of logs that were closed when the database was turned back too. `before` asks for an index of the open log, and is
 * refused where the policy keeps more. Gives the new minimum index of that one.
 * @throws audit.no_log, still_kept, legal_hold, bad_actor
 */
export async function pruneLog(
  db: Database,
  organization: string,
  operator: Operator,
  before?: number,
): Promise<number> {
  try {
    return await db.transaction(tx => pruneIn(tx, organization, operator, before))
  } catch (cause) {
    if (messageOf(cause).includes('upheld: legal_hold')) throw refuse.legal_hold({ cause })
    if (messageOf(cause).includes('upheld: still_kept')) throw refuse.still_kept({ cause })
    throw cause
  }
}

async function pruneIn(
  tx: Queryable,
  organization: string,
  operator: Operator,
  before: number | undefined,
): Promise<number> {
  const { rows } = await tx.query(
    `select l.id, l.origin, l.closed_at is not null as closed, l.minimum_index, (
       select coalesce(max(f.index) + 1, 0) from upheld_audit.leaf f
       where f.log = l.id and f.received_at <= clock_timestamp() - make_interval(days => r.keep_days)
     ) as due
     from upheld_audit.log l left join upheld_audit.retention r on r.organization_id = l.organization_id
     where l.organization_id = $1 order by l.id for update of l`,
    [organization],
  )
  const logs = logRows.parse(rows)
  const open = logs.find(({ closed }) => !closed)
  if (open === undefined) throw refuse.no_log()
  let least = open.minimum_index
  for (const log of logs) {
    const minimum = Math.floor((log === open ? (before ?? log.due) : log.due) / 256) * 256
    if (minimum <= log.minimum_index) continue
    await cut(tx, organization, log.id, minimum)
    const detail = { minimum_index: minimum, ...(log === open ? {} : { log: log.origin }) }
    await noteChange(tx, organization, operator, { action: 'audit.prune', detail })
    if (log === open) least = minimum
  }
  return least
}

async function cut(tx: Queryable, organization: string, log: string, minimum: number): Promise<void> {
  // The database holds this to policy and hold, whoever asks.
  await tx.query('update upheld_audit.log set minimum_index = $2 where id = $1', [log, minimum])
  await tx.query('delete from upheld_audit.mention where log = $1 and index < $2 and organization_id = $3', [
    log,
    minimum,
    organization,
  ])
  await tx.query(
    `with gone as (delete from upheld_audit.leaf where log = $1 and index < $2 returning id)
     delete from upheld_audit.disclosure d using gone where d.organization_id = $3 and d.entry = gone.id`,
    [log, minimum, organization],
  )
}
