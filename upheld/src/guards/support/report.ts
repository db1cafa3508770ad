import { z } from 'zod'
import { recordSupportEvent } from '../../foundation/audit/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { Organization } from '../../foundation/tenancy/index.ts'
import { targetOf } from './approve.ts'

const closedRow = z.object({ id: z.uuid(), grant_id: z.uuid() })

/** The recorder is at most so far behind: what is counted earlier could miss the last of it. */
const recordedSecs = 90

/**
 * Writes what was done under every grant of this organization that is over: how many statements, how many changes, of
 * what. Run by the jobs; says how many reports were written.
 */
export async function closeSupport(organization: Organization, clock: Clock): Promise<number> {
  const jobs = organization.as({ type: 'application', id: 'jobs', purpose: 'support' })
  const now = clock.now()
  await jobs.sql`
    update upheld_access.support_request set ended_at = ends_at
    where grant_id is not null and ended_at is null and ends_at <= ${now}`
  const rows = await jobs.sql`
    select id, grant_id from upheld_access.support_request
    where grant_id is not null and report is null and ended_at <= ${new Date(now.getTime() - recordedSecs * 1000)} limit 100`
  const over = z.array(closedRow).parse(rows)
  for (const { id, grant_id: grantId } of over) {
    await jobs.transaction(async tx => {
      const written = await tx.sql`
        update upheld_access.support_request set report = upheld.support_report(${grantId}::uuid)
        where id = ${id} and report is null returning id`
      if (written.length === 0) return
      await recordSupportEvent(tx, { action: 'support.reported', targets: targetOf(id) })
    })
  }
  return over.length
}

/** What the public page says of emergencies. */
export interface GlassFacts {
  readonly broken: number
  readonly reviewedInTime: number
  /** Not reviewed, and its 72 hours are over. */
  readonly overdue: number
}

/** Of one organization; whoever adds them up walks across all of them. */
export async function glassFacts(organization: Organization, clock: Clock): Promise<GlassFacts> {
  const [row] = await organization.sql<{ broken: string; in_time: string; overdue: string }>`
    select count(*) as broken, count(*) filter (where reviewed_at <= review_due_at) as in_time,
      count(*) filter (where reviewed_at is null and review_due_at < ${clock.now()}) as overdue
    from upheld_access.support_request where kind = 'break-glass'`
  return {
    broken: Number(row?.broken ?? 0),
    reviewedInTime: Number(row?.in_time ?? 0),
    overdue: Number(row?.overdue ?? 0),
  }
}
