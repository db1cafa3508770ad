import { z } from 'zod'
import { UpheldError } from '../../core/errors.ts'
import { organizationId, type OrganizationId } from '../../core/ids.ts'
import type { Clock } from '../../core/clock.ts'
import type { Queryable } from '../../core/ports.ts'
import type { Reviews } from './reviews.ts'

/** An organization whose access was not reviewed in time. */
export interface OverdueReview {
  readonly organization: OrganizationId
  /** The beginning of its last review that counts; without one, of the organization. */
  readonly reviewedAt: Date
  /** When it should have been done, at the latest. */
  readonly overdueAt: Date
}

/** At most 1,000, the latest first. One statement of the login of the jobs or of identity. Empty: all is reviewed. */
export async function overdueReviews(database: Queryable, now: Date): Promise<readonly OverdueReview[]> {
  const { rows } = await database.query(
    `select organization_id, reviewed_at, overdue_at from upheld_identity.review_due
     where overdue_at <= $1 or due_at <= $1 - interval '1 day' order by overdue_at, organization_id limit 1000`,
    [now],
  )
  return overdueRows.parse(rows).map(row =>
    Object.freeze({
      organization: organizationId(row.organization_id),
      reviewedAt: row.reviewed_at,
      overdueAt: row.overdue_at,
    }),
  )
}

const overdueRows = z.array(z.object({ organization_id: z.string(), reviewed_at: z.date(), overdue_at: z.date() }))

export interface DuePorts {
  /** Of the login of the jobs. */
  readonly database: Queryable
  /** Over the same login. */
  readonly reviews: Reviews
  readonly clock: Clock
}

export interface DueDone {
  readonly opened: number
  readonly escalated: number
  readonly closed: number
  /** Reviews whose reviewers were told that the time is nearly over. */
  readonly reminded: number
  /** Accesses that are here again although a review took them away. */
  readonly restored: number
  /** What did not work, and is tried again the next time. */
  readonly failed: readonly { readonly organization: OrganizationId; readonly code: string }[]
}

/** Of each kind of work, in one run. */
const batchMax = 100

/**
 * Everything that is due: reviews that open, escalate or close, and a look once a day for access that came back. One
 * organization that fails keeps no other one waiting. Two at once do not do it twice.
 */
export async function runDueReviews({ database, reviews, clock }: DuePorts): Promise<DueDone> {
  const now = clock.now()
  const done = { opened: 0, escalated: 0, closed: 0, reminded: 0, restored: 0 }
  const failed: { organization: OrganizationId; code: string }[] = []
  const each = async (text: string, work: (id: OrganizationId) => Promise<void>): Promise<void> => {
    const { rows } = await database.query(
      `select organization_id from upheld_identity.review_due where ${text} limit ${batchMax}`,
      [now],
    )
    for (const { organization_id: id } of rows) {
      const organization = organizationId(String(id))
      try {
        await work(organization)
      } catch (error) {
        failed.push({ organization, code: error instanceof UpheldError ? error.code : 'core.unexpected' })
      }
    }
  }
  await each('due_at <= $1 order by due_at', async id => {
    const live = (await reviews.list(id)).find(({ state }) => state !== 'closed')
    if (live === undefined) return
    const { state } = await reviews.close(id, 'schedule', live.id)
    done[state]++
  })
  await each('remind_at <= $1 and due_at > $1 order by remind_at', async id => {
    done.reminded += await reviews.remind(id)
  })
  await each('opens_at <= $1 order by opens_at', async id => {
    await reviews.begin(id, 'schedule')
    done.opened++
  })
  await each(
    `looked_at is null or looked_at <= $1::timestamptz - interval '1 day' order by looked_at nulls first`,
    async id => {
      done.restored += await reviews.lookAgain(id)
      await database.query('update upheld_identity.review_due set looked_at = $2 where organization_id = $1', [id, now])
    },
  )
  return Object.freeze({ ...done, failed })
}
