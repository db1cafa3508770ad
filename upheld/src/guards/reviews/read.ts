import { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import type { Organization } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import type { ReviewPorts } from './ports.ts'
import { readGround } from './roll.ts'

/** One review in a list. */
export interface ListedReview {
  readonly id: string
  readonly state: 'open' | 'escalated' | 'settled' | 'closed'
  readonly openedAt: Date
  /** A member, or `schedule`. */
  readonly openedBy: string
  readonly dueAt: Date
  readonly closedAt: Date | undefined
  readonly lines: number
  readonly decided: number
  /** Whether it counts; undefined while it goes on. */
  readonly complete: boolean | undefined
  readonly digest: string | undefined
}

/** A line as a reviewer sees it. */
export interface ReviewLine {
  readonly id: string
  readonly n: number
  readonly kind: string
  readonly subject: string
  readonly holder: string | null
  readonly privileged: boolean
  readonly restored: boolean
  /** As it was when the review began. */
  readonly facts: JsonObject
  readonly usedAt: Date | null
  /** As it is now; undefined when the access is not there any more. */
  readonly now: { readonly usedAt: Date | null } | undefined
  readonly reviewer: string | null
  readonly decision: 'keep' | 'remove' | null
  readonly how: 'reviewer' | 'operator' | 'silence' | null
  readonly decidedBy: string | null
  readonly reason: string | null
  readonly outcome: 'kept' | 'removed' | 'not-removed' | null
  readonly failure: string | null
  readonly tried: 'refused' | 'works' | null
}

const wantedForm = z.strictObject({
  /** Only what this member may be asked to decide. */
  reviewer: z.uuid().optional(),
  undecided: z.boolean().optional(),
  /** Lines after this one. */
  after: z.int().min(0).default(0),
  /** From 1 to 500. */
  max: z.int().min(1).max(500).default(100),
})
export type WantedLines = z.input<typeof wantedForm>

const lineRow = z.object({
  id: z.string(),
  n: z.int(),
  kind: z.string(),
  access: z.string(),
  subject: z.string(),
  holder: z.string().nullable(),
  privileged: z.boolean(),
  restored: z.boolean(),
  facts: z.record(z.string(), z.json()),
  used_at: z.date().nullable(),
  reviewer: z.string().nullable(),
  decision: z.enum(['keep', 'remove']).nullable(),
  how: z.enum(['reviewer', 'operator', 'silence']).nullable(),
  decided_by: z.string().nullable(),
  reason: z.string().nullable(),
  outcome: z.enum(['kept', 'removed', 'not-removed']).nullable(),
  failure: z.string().nullable(),
  tried: z.enum(['refused', 'works']).nullable(),
})

/** The newest 100 first. */
export async function listReviews(organization: Organization): Promise<readonly ListedReview[]> {
  const rows = await organization.sql<ReviewRow>`
    select r.id, r.state, r.opened_at, r.opened_by, r.due_at, r.closed_at, r.items, r.complete, r.digest,
      (select count(*)::integer from upheld_access.review_item i
        where i.organization_id = r.organization_id and i.review_id = r.id and i.decision is not null) as decided
    from upheld_access.review r where r.organization_id = ${organization.id} order by r.opened_at desc, r.id limit 100`
  return rows.map(row =>
    Object.freeze({
      id: row.id,
      state: row.state,
      openedAt: row.opened_at,
      openedBy: row.opened_by,
      dueAt: row.due_at,
      closedAt: row.closed_at ?? undefined,
      lines: row.items,
      decided: row.decided,
      complete: row.complete ?? undefined,
      digest: row.digest ?? undefined,
    }),
  )
}

/** Lines in their order, each with its last use of then and of now. @throws reviews.not_found, bad_request */
export async function readLines(
  { access, sources, clock }: ReviewPorts,
  organization: Organization,
  review: string,
  wanted: WantedLines,
): Promise<readonly ReviewLine[]> {
  const read = wantedForm.safeParse(wanted)
  if (!read.success) throw refuse.bad_request({ detail: z.prettifyError(read.error).replaceAll('\n', ' ') })
  if (!z.uuid().safeParse(review).success) throw refuse.not_found()
  const { reviewer = null, undecided = false, after, max } = read.data
  const found = await organization.sql`
    select id, n, kind, access, subject, holder, privileged, restored, facts, used_at, reviewer, decision, how, decided_by,
      reason, outcome, failure, tried
    from upheld_access.review_item
    where organization_id = ${organization.id} and review_id = ${review} and n > ${after}
      and (${reviewer}::uuid is null or reviewer = ${reviewer}::uuid) and (not ${undecided}::boolean or decision is null)
    order by n limit ${max}`
  const rows = z.array(lineRow).parse(found)
  const holders = [...new Set(rows.flatMap(({ holder }) => holder ?? []))]
  const kinds = new Set(rows.map(({ kind }) => kind))
  const ground = await readGround(organization, { organization: organization.id, access, now: clock.now() }, holders)
  const live = new Map<string, Date | null>()
  for (const source of sources.filter(({ kind }) => kinds.has(kind))) {
    for (const finding of await source.list(organization, ground)) live.set(finding.access, finding.usedAt)
  }
  return rows.map(({ access: words, used_at: usedAt, decided_by: decidedBy, ...row }) => {
    const usedNow = live.get(words)
    return Object.freeze({ ...row, usedAt, decidedBy, now: usedNow === undefined ? undefined : { usedAt: usedNow } })
  })
}

/** The record of a review that is closed, for `verifyReview`. @throws reviews.not_found */
export async function readText(organization: Organization, review: string): Promise<string> {
  if (!z.uuid().safeParse(review).success) throw refuse.not_found()
  const [row] = await organization.sql<{ record: string | null }>`
    select record from upheld_access.review where organization_id = ${organization.id} and id = ${review}`
  if (row === undefined || row.record === null) throw refuse.not_found()
  return row.record
}

interface ReviewRow {
  readonly id: string
  readonly state: 'open' | 'escalated' | 'settled' | 'closed'
  readonly opened_at: Date
  readonly opened_by: string
  readonly due_at: Date
  readonly closed_at: Date | null
  readonly items: number
  readonly decided: number
  readonly complete: boolean | null
  readonly digest: string | null
}
