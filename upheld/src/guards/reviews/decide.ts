import { z } from 'zod'
import type { Organization, TransactionStatements } from '../../foundation/tenancy/index.ts'
import { assertStaff, type Present } from '../support/index.ts'
import { refuse } from './errors.ts'
import type { ReviewPorts } from './ports.ts'
import { mayReview, ownersOf, readGround } from './roll.ts'

const decisionForm = z.strictObject({
  /** The line. */
  id: z.uuid(),
  decision: z.enum(['keep', 'remove']),
  reason: z
    .string()
    .trim()
    .min(3)
    .max(500)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'no control characters')
    .transform(text => text.normalize('NFC'))
    .refine(text => text.length <= 500),
})
const decisionsForm = z.array(decisionForm).min(1).max(500)
export type LineDecision = z.input<typeof decisionForm>

/** Who decides: a member, or somebody of the operator for lines that nobody in the organization may decide. */
export type Decider =
  | { readonly type: 'member'; readonly id: string }
  | { readonly type: 'operator'; readonly id: string; readonly present: Present }

interface OpenLine {
  readonly id: string
  readonly holder: string | null
  readonly privileged: boolean
  readonly reviewer: string | null
  readonly decided: boolean
}

/**
 * At most 500 at once, all or none. A decision stands: of two who decide the same line at once, one has decided it.
 * @throws reviews.bad_request, not_found, over, may_not, own_access, not_yours, already_decided
 */
export async function decide(
  { access, clock }: ReviewPorts,
  organization: Organization,
  {
    by,
    review,
    decisions,
  }: { readonly by: Decider; readonly review: string; readonly decisions: readonly LineDecision[] },
): Promise<void> {
  const read = decisionsForm.safeParse(decisions)
  if (!read.success) throw refuse.bad_request({ detail: z.prettifyError(read.error).replaceAll('\n', ' ') })
  if (!z.uuid().safeParse(review).success) throw refuse.not_found()
  const wanted = new Map(read.data.map(one => [one.id, one]))
  if (wanted.size !== read.data.length) throw refuse.bad_request({ detail: 'A line stands there twice.' })
  const now = clock.now()
  await organization.transaction(async tx => {
    if (by.type === 'operator') await assertStaff(tx, clock, by.present)
    await stillOpen(tx, organization, review, now)
    const lines = await lockLines(tx, organization, review, [...wanted.keys()])
    if (lines.length !== wanted.size) throw refuse.not_found()
    const ground = { organization: organization.id, access, now }
    if (by.type === 'member') await judgeMember(tx, ground, by.id, lines)
    else await judgeOperator(tx, ground, lines, read.data)
    if (lines.some(({ decided }) => decided)) throw refuse.already_decided()
    await tx.sql`
      update upheld_access.review_item i set decision = d.decision, reason = d.reason, decided_at = ${now},
        how = ${by.type === 'member' ? 'reviewer' : 'operator'}, decided_by = ${by.type === 'member' ? by.id : `operator:${by.id}`}
      from unnest(${read.data.map(({ id }) => id)}::uuid[], ${read.data.map(({ decision }) => decision)}::text[],
        ${read.data.map(({ reason }) => reason)}::text[]) d (id, decision, reason)
      where i.organization_id = ${organization.id} and i.review_id = ${review} and i.id = d.id`
  })
}

/** Whoever closes a review waits for those who decide, and those who come after it find it closed. */
async function stillOpen(
  tx: TransactionStatements,
  organization: Organization,
  review: string,
  now: Date,
): Promise<void> {
  const [row] = await tx.sql<{ state: string; due_at: Date }>`
    select state, due_at from upheld_access.review where organization_id = ${organization.id} and id = ${review} for share`
  if (row === undefined) throw refuse.not_found()
  if ((row.state !== 'open' && row.state !== 'escalated') || row.due_at.getTime() <= now.getTime()) throw refuse.over()
}

function lockLines(
  tx: TransactionStatements,
  organization: Organization,
  review: string,
  ids: readonly string[],
): Promise<OpenLine[]> {
  return tx.sql<OpenLine>`
    select id, holder, privileged, reviewer, decision is not null as decided from upheld_access.review_item
    where organization_id = ${organization.id} and review_id = ${review} and id = any (${ids}) order by n for update`
}

type Ground = Parameters<typeof readGround>[1]

/** What the reviewer may is asked of the rows of now: whoever lost a role since the review began decides no more. */
async function judgeMember(
  tx: TransactionStatements,
  ground: Ground,
  id: string,
  lines: readonly OpenLine[],
): Promise<void> {
  if (!z.uuid().safeParse(id).success) throw refuse.may_not()
  await tx.sql`select from upheld_access.member where organization_id = ${ground.organization} and id = ${id} for share`
  const member = (await readGround(tx, ground, [id])).roll.get(id)
  if (!mayReview(member)) throw refuse.may_not()
  const owner = member.set.roles.includes('owner')
  if (lines.some(({ holder }) => holder === id)) throw refuse.own_access()
  if (!lines.every(({ privileged, reviewer }) => owner || (!privileged && reviewer === id))) throw refuse.not_yours()
}

/** Only where no other owner is there to do it, and never to take something away from a customer. */
async function judgeOperator(
  tx: TransactionStatements,
  ground: Ground,
  lines: readonly OpenLine[],
  decisions: readonly { readonly decision: 'keep' | 'remove' }[],
): Promise<void> {
  const owners = ownersOf(await readGround(tx, ground))
  const alone = (holder: string | null): boolean => owners.every(id => id === holder)
  if (!lines.every(({ holder }) => alone(holder)) || decisions.some(({ decision }) => decision === 'remove')) {
    throw refuse.not_yours()
  }
}
