import { z } from 'zod'
import { organizationId, type OrganizationId } from '../../core/ids.ts'
import type { Queryable } from '../../core/ports.ts'
import type { Tenancy } from '../../foundation/tenancy/index.ts'

/** A review with lines that nobody in its organization may decide: the access of an owner who is alone. */
export interface WaitingReview {
  readonly organizationId: OrganizationId
  readonly organizationName: string
  readonly review: string
  readonly dueAt: Date
  /** Pseudonyms and kinds: whoever of the operator looks at this sees no name. */
  readonly lines: readonly { readonly id: string; readonly kind: string; readonly holder: string | null }[]
}

const dueRows = z.array(z.object({ organization_id: z.string() }))
const lineRows = z.array(
  z.object({
    name: z.string(),
    review_id: z.string(),
    due_at: z.date(),
    id: z.string(),
    kind: z.string(),
    holder: z.string().nullable(),
  }),
)

/**
 * For people of the operator, who may say that they are known (`attest`): at most 200 reviews, those first whose time is
 * over first. Read in each organization, as this person.
 */
export async function waitingForOperator(
  { database, tenancy }: { readonly database: Queryable; readonly tenancy: Pick<Tenancy, 'organization'> },
  staffId: string,
): Promise<readonly WaitingReview[]> {
  const { rows } = await database.query(
    `select organization_id from upheld_identity.review_due where due_at is not null order by due_at limit 200`,
  )
  const found: WaitingReview[] = []
  for (const { organization_id: id } of dueRows.parse(rows)) {
    const organization = tenancy.organization(id).as({ type: 'operator', id: staffId, purpose: 'access-review' })
    const lines = lineRows.parse(
      await organization.sql`
        select a.name, i.review_id, r.due_at, i.id, i.kind, i.holder from upheld_access.review_item i
        join upheld_access.review r on r.organization_id = i.organization_id and r.id = i.review_id
        join upheld_access.account a on a.organization_id = i.organization_id
        where r.state in ('open', 'escalated') and i.reviewer is null and i.decision is null order by i.n limit 500`,
    )
    const [first] = lines
    if (first === undefined) continue
    found.push({
      organizationId: organizationId(id),
      organizationName: first.name,
      review: first.review_id,
      dueAt: first.due_at,
      lines: lines.map(({ id: line, kind, holder }) => ({ id: line, kind, holder })),
    })
  }
  return found
}
