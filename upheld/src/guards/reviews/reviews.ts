import { z } from 'zod'
import type { OrganizationId } from '../../core/ids.ts'
import type { Organization } from '../../foundation/tenancy/index.ts'
import { begin, readSchedule, type BegunReview, type Schedule, type WantedReview } from './begin.ts'
import { close, type Closing } from './close.ts'
import { decide, type Decider, type LineDecision } from './decide.ts'
import { refuse } from './errors.ts'
import type { ReviewPorts } from './ports.ts'
import { listReviews, readLines, readText, type ListedReview, type ReviewLine, type WantedLines } from './read.ts'
import type { Present } from '../support/index.ts'
import { remind } from './remind.ts'
import { restoredAmong } from './restored.ts'
import { mayReview, readGround } from './roll.ts'
import { collect } from './snapshot.ts'

/** A member who acts: their id comes from a verified session. Or the schedule, for the jobs alone. */
export interface ReviewActor {
  readonly memberId: string
  /** Ties together what one request did, in the audit log. */
  readonly request?: string
}

export interface Reviews {
  begin(organization: OrganizationId, by: ReviewActor | 'schedule', wanted?: WantedReview): Promise<BegunReview>
  /** @throws reviews.bad_request, not_found, over, may_not, own_access, not_yours, already_decided */
  decide(
    organization: OrganizationId,
    by: ReviewActor,
    review: string,
    decisions: readonly LineDecision[],
  ): Promise<void>
  /**
   * Somebody of the operator keeps what nobody in the organization may decide: the access of an owner who is alone. It
   * takes nothing away, and stands in the log of the organization. They work for the operator at this very moment, and
   * have just proven a second factor. Errors as above, and support.not_staff, weak_session.
   */
  attest(
    organization: OrganizationId,
    operator: Present,
    review: string,
    decisions: readonly LineDecision[],
  ): Promise<void>
  /** @throws reviews.may_not, not_found, undecided */
  close(organization: OrganizationId, by: ReviewActor | 'schedule', review: string): Promise<Closing>
  list(organization: OrganizationId): Promise<readonly ListedReview[]>
  lines(organization: OrganizationId, review: string, wanted?: WantedLines): Promise<readonly ReviewLine[]>
  /** The text that `verifyReview` takes. @throws reviews.not_found */
  record(organization: OrganizationId, review: string): Promise<string>
  schedule(organization: OrganizationId): Promise<Schedule>
  /** @throws reviews.bad_request, may_not */
  setSchedule(organization: OrganizationId, by: ReviewActor, schedule: Schedule): Promise<void>
  /** Tells whoever has not decided yet, once for each phase. Answers with how many reviews there were. */
  remind(organization: OrganizationId): Promise<number>
  /** Whether something that a review took away is here again; each is an event once. Answers with how many there are. */
  lookAgain(organization: OrganizationId): Promise<number>
}

const scheduleForm = z.strictObject({
  everyMonths: z.int().min(1).max(12),
  decideDays: z.int().min(1).max(60),
  escalateDays: z.int().min(1).max(30),
  unanswered: z.enum(['keep', 'remove']),
})

export function reviews(ports: ReviewPorts): Reviews {
  const { tenancy, access, clock, sources } = ports
  const handle = (id: OrganizationId, type: 'member' | 'operator' | 'application', by: string, request?: string) =>
    tenancy
      .organization(id)
      .as({ type, id: by, purpose: 'access-review', ...(request === undefined ? {} : { request }) })
  const acting = (id: OrganizationId, by: ReviewActor | 'schedule'): Organization =>
    by === 'schedule' ? handle(id, 'application', 'schedule') : handle(id, 'member', by.memberId, by.request)
  const mustReview = async (organization: Organization, { memberId }: ReviewActor): Promise<void> => {
    if (!z.uuid().safeParse(memberId).success) throw refuse.may_not()
    const ground = await readGround(organization, { organization: organization.id, access, now: clock.now() }, [
      memberId,
    ])
    if (!mayReview(ground.roll.get(memberId))) throw refuse.may_not()
  }
  const settled = (by: Decider, review: string, decisions: readonly LineDecision[]) => ({ by, review, decisions })

  return Object.freeze({
    begin: (id: OrganizationId, by: ReviewActor | 'schedule', wanted: WantedReview = {}) =>
      begin(ports, acting(id, by), by === 'schedule' ? by : by.memberId, wanted),
    decide: (id: OrganizationId, by: ReviewActor, review: string, decisions: readonly LineDecision[]) =>
      decide(ports, acting(id, by), settled({ type: 'member', id: by.memberId }, review, decisions)),
    attest: (id: OrganizationId, operator: Present, review: string, decisions: readonly LineDecision[]) =>
      decide(
        ports,
        handle(id, 'operator', operator.personId),
        settled({ type: 'operator', id: operator.personId, present: operator }, review, decisions),
      ),
    async close(id: OrganizationId, by: ReviewActor | 'schedule', review: string) {
      const organization = acting(id, by)
      if (by !== 'schedule') await mustReview(organization, by)
      return close(ports, organization, review)
    },
    list: (id: OrganizationId) => listReviews(tenancy.organization(id)),
    lines: (id: OrganizationId, review: string, wanted: WantedLines = {}) =>
      readLines(ports, tenancy.organization(id), review, wanted),
    record: (id: OrganizationId, review: string) => readText(tenancy.organization(id), review),
    schedule: (id: OrganizationId) => readSchedule(tenancy.organization(id), { id }),
    async setSchedule(id: OrganizationId, by: ReviewActor, schedule: Schedule) {
      const read = scheduleForm.safeParse(schedule)
      if (!read.success) throw refuse.bad_request({ detail: z.prettifyError(read.error).replaceAll('\n', ' ') })
      const organization = acting(id, by)
      await mustReview(organization, by)
      const { everyMonths, decideDays, escalateDays, unanswered } = read.data
      await organization.sql`
        insert into upheld_access.review_schedule as s
          (organization_id, every_months, decide_days, escalate_days, unanswered, changed_by, changed_at)
        values (${id}, ${everyMonths}, ${decideDays}, ${escalateDays}, ${unanswered}, ${by.memberId}, ${clock.now()})
        on conflict (organization_id) do update set every_months = excluded.every_months, decide_days = excluded.decide_days,
          escalate_days = excluded.escalate_days, unanswered = excluded.unanswered, changed_by = excluded.changed_by,
          changed_at = excluded.changed_at`
    },
    remind: (id: OrganizationId) => remind(handle(id, 'application', 'schedule'), clock.now()),
    lookAgain: (id: OrganizationId) =>
      handle(id, 'application', 'schedule').transaction(async tx => {
        const now = clock.now()
        const found = await collect(tx, sources, await readGround(tx, { organization: id, access, now }))
        return (await restoredAmong(tx, id, found, now)).size
      }),
  } satisfies Reviews)
}
