import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { recordEvent } from '../../foundation/audit/index.ts'
import type { Organization, TransactionStatements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import { tellReviewers } from './letters.ts'
import type { ReviewPorts } from './ports.ts'
import { restoredAmong } from './restored.ts'
import { mayReview, ownersOf, readGround } from './roll.ts'
import { assign, collect, frozen, snapshotOf, writeLines } from './snapshot.ts'

const wantedForm = z.strictObject({
  /** Members who may decide in reviews; left out: the owners. What has privileges is for owners in any case. */
  reviewers: z.array(z.uuid()).min(1).max(100).readonly().optional(),
  /** From 1 to 60; left out: as the schedule says. */
  decideDays: z.int().min(1).max(60).optional(),
})
export type WantedReview = z.input<typeof wantedForm>

export interface BegunReview {
  readonly id: string
  readonly lines: number
  /** Lines that nobody in the organization may decide: they are the holder's own, and there is no other owner. */
  readonly unassigned: number
  /** Lines that an earlier review took away, and that are here again. */
  readonly restored: number
  readonly dueAt: Date
}

export interface Schedule {
  readonly everyMonths: number
  readonly decideDays: number
  readonly escalateDays: number
  readonly unanswered: 'keep' | 'remove'
}

const dayMs = 86_400_000

/**
 * Everything in one transaction that sees one moment: what is found, who reviews it, and the digest of it. As many
 * statements for ten thousand members as for one.
 * @throws reviews.may_not, bad_reviewer, already_open, nothing_found, too_much
 */
export async function begin(
  { access, sources, clock }: ReviewPorts,
  organization: Organization,
  /** A member, or `schedule`. */
  by: string,
  wanted: WantedReview,
): Promise<BegunReview> {
  const read = wantedForm.safeParse(wanted)
  if (!read.success) throw refuse.bad_request({ detail: z.prettifyError(read.error).replaceAll('\n', ' ') })
  const now = clock.now()
  const id = randomUUID()
  const work = organization.transaction(
    async tx => {
      const ground = await readGround(tx, { organization: organization.id, access, now })
      if (by !== 'schedule' && !mayReview(ground.roll.get(by))) throw refuse.may_not()
      const reviewers = read.data.reviewers ?? ownersOf(ground)
      if (!reviewers.every(one => mayReview(ground.roll.get(one)))) throw refuse.bad_reviewer()
      const schedule = await readSchedule(tx, organization)
      const found = await collect(tx, sources, ground)
      if (found.length === 0) throw refuse.nothing_found()
      const restored = await restoredAmong(tx, organization.id, found, now)
      const lines = assign(found, { ground, reviewers, restored })
      const snapshot = snapshotOf(lines.map(frozen))
      const dueAt = new Date(now.getTime() + (read.data.decideDays ?? schedule.decideDays) * dayMs)
      const made = await tx.sql`
        insert into upheld_access.review (organization_id, id, state, opened_at, opened_by, due_at, escalate_days, unanswered, items, snapshot)
        values (${organization.id}, ${id}, 'open', ${now}, ${by}, ${dueAt}, ${schedule.escalateDays}, ${schedule.unanswered},
          ${lines.length}, ${snapshot}) on conflict do nothing returning id`
      if (made.length === 0) throw refuse.already_open()
      await writeLines(tx, organization.id, id, lines)
      await tellReviewers(tx, organization, 'review-opened', { review: id, dueAt, now })
      const unassigned = lines.filter(({ reviewer }) => reviewer === null).length
      await recordEvent(tx, {
        action: 'review.opened',
        targets: [{ type: 'review', id }],
        detail: { lines: lines.length, unassigned, restored: restored.size, snapshot, due: dueAt.toISOString() },
      })
      return Object.freeze({ id, lines: lines.length, unassigned, restored: restored.size, dueAt })
    },
    { isolation: 'repeatable read' },
  )
  return work.catch((error: unknown) => {
    // Of two that begin at the same moment, the second sees what the first one committed only by failing.
    const serialized = error instanceof Error && 'code' in error && error.code === '40001'
    throw serialized ? refuse.already_open({ cause: error }) : error
  })
}

export async function readSchedule(
  tx: Pick<TransactionStatements, 'sql'>,
  organization: Pick<Organization, 'id'>,
): Promise<Schedule> {
  const [row] = await tx.sql<{ every: number; decide: number; escalate: number; unanswered: 'keep' | 'remove' }>`
    select every_months as every, decide_days as decide, escalate_days as escalate, unanswered
    from upheld_access.review_schedule where organization_id = ${organization.id}`
  const { every = 3, decide = 14, escalate = 7, unanswered = 'keep' } = row ?? {}
  return { everyMonths: every, decideDays: decide, escalateDays: escalate, unanswered }
}
