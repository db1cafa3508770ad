import { recordSupportEvent } from '../../foundation/audit/index.ts'
import type { TransactionStatements } from '../../foundation/tenancy/index.ts'
import { begin, targetOf } from './approve.ts'
import { refuse } from './errors.ts'
import type { Present, SupportPorts } from './ports.ts'
import {
  addRequest,
  operatorIn,
  parseAsked,
  readRequest,
  reviewMs,
  type Asked,
  type SupportRequest,
} from './requests.ts'
import { assertStaff } from './staff.ts'

/**
 * An emergency: the first of two people with passkeys says what it is. Nothing is open yet; a colleague has a quarter of an
 * hour to put a passkey of their own to it. That it was asked for stands in the organization's log at once.
 * @throws support.needs_passkey, bad_request, forbidden_scope, not_staff, unreviewed
 */
export async function reachForGlass(
  ports: SupportPorts,
  present: Present,
  organizationId: string,
  given: Asked,
): Promise<SupportRequest> {
  const organization = operatorIn(ports, organizationId, present.personId)
  const asked = parseAsked(ports, given)
  return organization.transaction(async tx => {
    await assertStaff(tx, ports.clock, present, 'passkey')
    // An organization that nobody is a member of has nobody to be told.
    if ((await tx.query('select from upheld_access.account')).length === 0) throw refuse.never()
    await assertReviewed(tx, present.personId, ports.clock.now())
    return addRequest(
      ports,
      tx,
      { organizationId: organization.id, staffId: present.personId, kind: 'break-glass' },
      asked,
    )
  })
}

/** A quarter of an hour lies between the request and the moment from which the 72 hours count. */
const answeredMs = 900_000

/** Whose last emergency nobody looked at in time has no other one. @throws support.unreviewed */
async function assertReviewed(tx: Pick<TransactionStatements, 'query'>, staffId: string, now: Date): Promise<void> {
  const rows = await tx.query(
    `select from upheld_identity.support_place
     where staff_id = $1 and kind = 'break-glass' and closes_at = 'infinity' and requested_at < $2 limit 1`,
    [staffId, new Date(now.getTime() - reviewMs - answeredMs)],
  )
  if (rows.length > 0) throw refuse.unreviewed()
}

/**
 * The second of the two. Without consent and whatever the organization's rule is: it is told at once, somebody else
 * reviews within 72 hours, and the public page counts it.
 * @throws support.own_request, needs_passkey, not_staff, over, absent
 */
export async function breakGlass(
  ports: SupportPorts,
  present: Present,
  organizationId: string,
  requestId: string,
): Promise<{ readonly grantId: string }> {
  const organization = operatorIn(ports, organizationId, present.personId)
  return organization.transaction(async tx => {
    await assertStaff(tx, ports.clock, present, 'passkey')
    const request = await readRequest(tx, requestId, 'for update')
    if (request.staff_id === present.personId) throw refuse.own_request()
    const now = ports.clock.now()
    const rows = await tx.query(
      `update upheld_access.support_request set peer_id = $2, peer_at = $3, review_due_at = $4
       where id = $1 and kind = 'break-glass' and peer_id is null and decision is null and ended_at is null and lapses_at > $3
       returning id`,
      [requestId, present.personId, now, new Date(now.getTime() + reviewMs)],
    )
    if (rows.length === 0) throw refuse.over()
    await recordSupportEvent(tx, { action: 'support.glass-broken', targets: targetOf(requestId) })
    return { grantId: await begin(ports, tx, organization, { ...request, peer_id: present.personId }, null) }
  })
}

/** Somebody of the operator who had no part in it looks at a broken glass. @throws support.own_request, over */
export async function reviewGlass(
  ports: SupportPorts,
  present: Present,
  organizationId: string,
  requestId: string,
): Promise<void> {
  const organization = operatorIn(ports, organizationId, present.personId)
  await organization.transaction(async tx => {
    await assertStaff(tx, ports.clock, present)
    const request = await readRequest(tx, requestId, 'for update')
    if ([request.staff_id, request.peer_id].includes(present.personId)) throw refuse.own_request()
    const rows = await tx.query(
      `update upheld_access.support_request set reviewed_by = $2, reviewed_at = $3
       where id = $1 and kind = 'break-glass' and grant_id is not null and reviewed_at is null returning id`,
      [requestId, present.personId, ports.clock.now()],
    )
    if (rows.length === 0) throw refuse.over()
    await recordSupportEvent(tx, { action: 'support.reviewed', targets: targetOf(requestId) })
  })
}
