import { z } from 'zod'
import { recordSupportEvent } from '../../foundation/audit/index.ts'
import type { Clock } from '../../core/clock.ts'
import type { Organization } from '../../foundation/tenancy/index.ts'
import { targetOf, tellOwners } from './approve.ts'

const lapsedRow = z.object({
  id: z.uuid(),
  kind: z.enum(['consent', 'break-glass']),
  case_id: z.string(),
  minutes: z.int(),
  writes: z.boolean(),
})
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
  await endLapsed(jobs, now)
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

/** What nobody ended: its time is over, or its holder left the operator. The owners hear of it, as of any other end. */
async function endLapsed(jobs: Organization, now: Date): Promise<void> {
  await jobs.transaction(async tx => {
    const rows = await tx.sql`
      update upheld_access.support_request r set ended_at = coalesce(least(g.ended_at, r.ends_at), r.ends_at)
      from upheld_access.support_request o left join upheld.support_grants() g on g.id = o.grant_id
      where o.id = r.id and r.grant_id is not null and r.ended_at is null and (r.ends_at <= ${now} or g.ended_at is not null)
      returning r.id, r.kind, r.case_id, r.minutes, r.writes`
    for (const request of z.array(lapsedRow).parse(rows)) {
      await tellOwners(tx, jobs, 'support-ended', request, now)
      await recordSupportEvent(tx, { action: 'support.ended', targets: targetOf(request.id) })
    }
  })
}
