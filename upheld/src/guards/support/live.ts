import { z } from 'zod'
import { recordSupportEvent } from '../../foundation/audit/index.ts'
import type { Organization, TransactionStatements } from '../../foundation/tenancy/index.ts'
import { assertDecider, targetOf, tellOwners } from './approve.ts'
import { refuse } from './errors.ts'
import type { Present, SupportPorts } from './ports.ts'
import { operatorIn, readRequest, type SupportRequest } from './requests.ts'
import { presentStaff } from './staff.ts'
import { readStatement, type GrantStatement } from './statement.ts'

const grantRow = z.object({
  id: z.uuid(),
  staff_id: z.string(),
  writes: z.boolean(),
  expires_at: z.date(),
  live: z.boolean(),
  statement: z.string(),
  organization_name: z.string().nullable(),
  signature: z.instanceof(Uint8Array),
})

/** Staff inside an organization, for as long as the grant lives. */
export interface SupportVisit {
  readonly statement: GrantStatement
  readonly expiresAt: Date
  /** As its members call it. */
  readonly organizationName: string
  /** Rows, through the login that reads; each statement stands in the organization's log before it runs. */
  readonly organization: Organization
  /** @throws support.out_of_scope for what the customer did not grant */
  assertMay(permission: string): void
}

/**
 * Lets staff in under a grant: asked at each request. The signature is held against every field of the row, so that a
 * row which somebody wrote into the database lets nobody in here, and what the database itself refuses it refuses besides.
 * @throws support.not_staff, weak_session, not_live, bad_signature
 */
export async function visitUnder(
  ports: SupportPorts,
  present: Present,
  organizationId: string,
  grantId: string,
): Promise<SupportVisit> {
  await presentStaff(ports, present)
  if (!z.uuid().safeParse(grantId).success) throw refuse.not_live()
  const asking = operatorIn(ports, organizationId, present.personId)
  // By the clock of the database, which is the one that lets in.
  const rows = await asking.sql`
    select g.*, g.ended_at is null and clock_timestamp() between g.starts_at and g.expires_at as live,
      (select a.name from upheld_access.account a) as organization_name
    from upheld.support_grants() g where g.id::text = ${grantId}`
  const [grant] = z.array(grantRow).parse(rows)
  if (grant?.live !== true) throw refuse.not_live()
  const statement = readStatement(grant.statement, grant.signature, ports.key)
  const same =
    statement !== undefined &&
    statement.id === grant.id &&
    statement.organization === asking.id &&
    statement.staff === grant.staff_id &&
    statement.writes === grant.writes &&
    grant.expires_at.getTime() <= Date.parse(statement.approved_at) + statement.minutes * 60_000 + clockSkewMs
  if (!same) throw refuse.bad_signature()
  if (statement.staff !== present.personId) throw refuse.not_live()
  return Object.freeze({
    statement,
    expiresAt: grant.expires_at,
    organizationName: grant.organization_name ?? '',
    organization: ports.platform.organization(asking.id).as({
      type: 'staff',
      id: present.personId,
      purpose: 'support',
      request: grant.id,
      grant: { id: grant.id, writes: grant.writes },
    }),
    assertMay(permission: string) {
      if (!statement.permissions.includes(permission) || !ports.grantable.has(permission)) throw refuse.out_of_scope()
    },
  })
}

/** Between the clock that signed and the one of the database. */
const clockSkewMs = 60_000

/** A member who may decide ends a grant: the very next statement under it is refused. @throws support.not_permitted, over */
export async function endByMember(
  ports: SupportPorts,
  present: Present,
  organization: Organization,
  memberId: string,
  requestId: string,
): Promise<void> {
  const own = organization.as({ type: 'member', id: memberId, purpose: 'support' })
  // No second factor is asked: who wants to throw somebody out is not kept waiting.
  await end(ports, own, requestId, tx => assertDecider(ports, tx, present, memberId))
}

/** Whoever asked is done. @throws support.not_permitted, over */
export async function endByStaff(
  ports: SupportPorts,
  present: Present,
  organizationId: string,
  requestId: string,
): Promise<void> {
  const organization = operatorIn(ports, organizationId, present.personId)
  await end(ports, organization, requestId, async (_, { staff_id: staffId }) => {
    if (staffId !== present.personId) throw refuse.not_permitted()
  })
}

async function end(
  ports: SupportPorts,
  organization: Organization,
  requestId: string,
  judge: (tx: TransactionStatements, request: SupportRequest) => Promise<void>,
): Promise<void> {
  const now = ports.clock.now()
  await organization.transaction(async tx => {
    // Held until the end: an approval of the same moment came before, and is ended, or comes too late.
    const request = await readRequest(tx, requestId, 'for update')
    await judge(tx, request)
    if (request.ended_at !== null || request.decision === 'declined') throw refuse.over()
    if (request.grant_id !== null) await tx.query('select upheld.end_support($1)', [request.grant_id])
    await tx.query('update upheld_access.support_request set ended_at = $2 where id = $1 and ended_at is null', [
      requestId,
      now,
    ])
    if (request.grant_id !== null) await tellOwners(tx, organization, 'support-ended', request, now)
    await recordSupportEvent(tx, { action: 'support.ended', targets: targetOf(requestId) })
  })
}
