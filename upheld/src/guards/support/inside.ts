import { z } from 'zod'
import type { OrganizationId } from '../../core/ids.ts'
import { recordSupportEvent } from '../../foundation/audit/index.ts'
import type { Organization, Statements } from '../../foundation/tenancy/index.ts'
import { targetOf, tellOwners } from './approve.ts'

const endedRows = z.array(
  z.object({
    id: z.uuid(),
    kind: z.enum(['consent', 'break-glass']),
    case_id: z.string(),
    minutes: z.int(),
    writes: z.boolean(),
  }),
)

/** Grants that an access review took away, in its transaction. The owners hear of it, as of any other end. */
export async function endGrants(
  tx: Pick<Statements, 'query'>,
  organizationId: OrganizationId,
  grantIds: readonly string[],
  now: Date,
): Promise<void> {
  await tx.query('select upheld.end_support(id) from unnest($1::uuid[]) g (id)', [grantIds])
  const rows = await tx.query(
    `update upheld_access.support_request set ended_at = $3
     where organization_id = $1 and grant_id = any ($2::uuid[]) and ended_at is null
     returning id, kind, case_id, minutes, writes`,
    [organizationId, grantIds, now],
  )
  for (const request of endedRows.parse(rows)) {
    await tellOwners(tx, { id: organizationId }, 'support-ended', request, now)
    await recordSupportEvent(tx, { action: 'support.ended', targets: targetOf(request.id) })
  }
}

/** Staff that may be inside at this moment. */
export interface LiveSupport {
  readonly requestId: string
  readonly kind: 'consent' | 'break-glass'
  readonly caseId: string
  readonly writes: boolean
  readonly endsAt: Date
}

/** The one that ends last: one statement, one look into an index that is empty nearly always. */
export async function liveSupport(
  organization: Pick<Organization, 'id' | 'query'>,
  now: Date,
): Promise<LiveSupport | undefined> {
  const rows = await organization.query(
    `select r.id, r.kind, r.case_id, r.writes, r.ends_at from upheld_access.support_request r
     where r.organization_id = $1 and r.grant_id is not null and r.ended_at is null and r.ends_at > $2
       and exists (select from upheld.support_grants() g where g.id = r.grant_id and g.ended_at is null)
     order by r.ends_at desc limit 1`,
    [organization.id, now],
  )
  const [row] = liveRows.parse(rows)
  if (row === undefined) return undefined
  return { requestId: row.id, kind: row.kind, caseId: row.case_id, writes: row.writes, endsAt: row.ends_at }
}

const liveRows = z.array(
  z.object({
    id: z.string(),
    kind: z.enum(['consent', 'break-glass']),
    case_id: z.string(),
    writes: z.boolean(),
    ends_at: z.date(),
  }),
)
