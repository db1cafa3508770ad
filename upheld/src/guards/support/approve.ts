import { randomUUID } from 'node:crypto'
import { recordSupportEvent } from '../../foundation/audit/index.ts'
import type { Organization, TransactionStatements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import { isSure, type Present, type SupportPorts } from './ports.ts'
import { operatorIn, readRequest, ruleOf, type SupportRequest } from './requests.ts'
import { assertStaff } from './staff.ts'
import { signStatement, type GrantStatement } from './statement.ts'

/**
 * A colleague of whoever asked agrees. Where the organization lets support in by a rule of its own, that is all: the
 * grant begins. Everywhere else the organization is asked now.
 * @throws support.own_request, over, absent, never, and what assertStaff throws
 */
export async function agreeAsPeer(
  ports: SupportPorts,
  present: Present,
  organizationId: string,
  requestId: string,
): Promise<{ readonly grantId: string | undefined }> {
  const organization = operatorIn(ports, organizationId, present.personId)
  return organization.transaction(async tx => {
    // All of it is judged by what stands there until the end: who leaves, or a rule that changes, waits or was first.
    await assertStaff(tx, ports.clock, present)
    const rule = await ruleOf(tx)
    if (rule === 'never') throw refuse.never()
    const request = await readRequest(tx, requestId, 'for update')
    if (request.staff_id === present.personId) throw refuse.own_request()
    const rows = await tx.query(
      `update upheld_access.support_request set peer_id = $2, peer_at = $3
       where id = $1 and kind = 'consent' and peer_id is null and decision is null and ended_at is null and lapses_at > $3
       returning id`,
      [requestId, present.personId, ports.clock.now()],
    )
    if (rows.length === 0) throw refuse.over()
    await recordSupportEvent(tx, { action: 'support.peer-agreed', targets: targetOf(requestId) })
    if (rule !== 'allow') return { grantId: undefined }
    return { grantId: await begin(ports, tx, organization, { ...request, peer_id: present.personId }, null) }
  })
}

/**
 * A member decides. Approving begins the grant at once.
 * @throws support.weak_session, not_permitted, no_peer, over, absent
 */
export async function decideSupport(
  ports: SupportPorts,
  present: Present,
  organization: Organization,
  memberId: string,
  requestId: string,
  decision: 'approved' | 'declined',
): Promise<{ readonly grantId: string | undefined }> {
  if (!isSure(present, ports.clock)) throw refuse.weak_session()
  const own = organization.as({ type: 'member', id: memberId, purpose: 'support' })
  return own.transaction(async tx => {
    await assertDecider(ports, tx, present, memberId)
    const request = await readRequest(tx, requestId, 'for update')
    if (request.kind !== 'consent') throw refuse.over()
    if (request.peer_id === null) throw refuse.no_peer()
    if (decision === 'approved') return { grantId: await begin(ports, tx, own, request, memberId) }
    const now = ports.clock.now()
    const rows = await tx.query(
      `update upheld_access.support_request set decision = 'declined', decided_by = $2, decided_at = $3
       where id = $1 and decision is null and ended_at is null and lapses_at > $3 returning id`,
      [requestId, memberId, now],
    )
    if (rows.length === 0) throw refuse.over()
    await recordSupportEvent(tx, { action: 'support.declined', targets: targetOf(requestId) })
    return { grantId: undefined }
  })
}

/**
 * Held until the end of the transaction: whoever takes a role away or suspends meanwhile waits, or was first.
 * @throws support.not_permitted
 */
export async function assertDecider(
  { mayDecide }: Pick<SupportPorts, 'mayDecide'>,
  tx: TransactionStatements,
  { personId }: Present,
  memberId: string,
): Promise<void> {
  const [member] = await tx.sql<{ person_id: string }>`
    select person_id from upheld_access.member where id = ${memberId} and suspended_at is null for share`
  if (member?.person_id !== personId || !(await mayDecide(tx, memberId))) throw refuse.not_permitted()
}

/** One statement decides, so that of two who approve at once one begins a grant. */
export async function begin(
  { clock, key }: SupportPorts,
  tx: TransactionStatements,
  organization: Organization,
  request: SupportRequest,
  memberId: string | null,
): Promise<string> {
  const now = clock.now()
  const grantId = randomUUID()
  // Both still belong to the operator, and whoever lets one of them go waits and then ends this grant as well.
  const there = await tx.query(
    `select s.person_id from upheld_identity.staff s join upheld_identity.person p on p.id = s.person_id
     where s.person_id in ($1, $2) and s.ended_at is null and p.disabled_at is null order by s.person_id for share of s, p`,
    [request.staff_id, request.peer_id],
  )
  if (there.length !== 2) throw refuse.over()
  const rows = await tx.query(
    `update upheld_access.support_request
     set decision = 'approved', decided_by = $2, decided_at = $3, grant_id = $4, ends_at = $3::timestamptz + make_interval(mins => minutes)
     where id = $1 and decision is null and ended_at is null and lapses_at > $3 returning id`,
    [request.id, memberId, now, grantId],
  )
  if (rows.length === 0) throw refuse.over()
  const statement: GrantStatement = {
    type: 'upheld/support-grant@v1',
    id: grantId,
    organization: organization.id,
    kind: request.kind,
    staff: request.staff_id,
    peer: request.peer_id ?? '',
    case: request.case_id,
    permissions: request.permissions,
    writes: request.writes,
    minutes: request.minutes,
    approved_by: memberId ?? '',
    approved_at: now.toISOString(),
  }
  const { text, signature } = signStatement(statement, key)
  await tx.query('select upheld.grant_support($1, $2, $3, $4, $5, $6)', [
    grantId,
    request.staff_id,
    request.writes,
    request.minutes * 60,
    text,
    signature,
  ])
  await tellOwners(tx, organization, 'support-began', request, now)
  await recordSupportEvent(tx, {
    action: 'support.began',
    targets: [...targetOf(request.id), { type: 'support-grant', id: grantId }],
    detail: { statement: text },
  })
  return grantId
}

/** A mail to each owner, in the transaction that makes it true. */
export async function tellOwners(
  tx: Pick<TransactionStatements, 'query'>,
  organization: Pick<Organization, 'id'>,
  kind: 'support-began' | 'support-ended',
  request: Pick<SupportRequest, 'id' | 'kind' | 'case_id' | 'minutes' | 'writes'>,
  now: Date,
): Promise<void> {
  await tx.query(
    `insert into upheld_identity.mail (recipient, kind, detail, created_at, due_at)
     select p.email, $1, jsonb_build_object('organization', a.name, 'organization_id', $2::text, 'request', $3::text, 'case', $4::text,
       'minutes', $5::text, 'writes', $6::text, 'broken', $7::text), $8, $8
     from upheld_access.member m join upheld_identity.person p on p.id = m.person_id
     join upheld_access.account a on a.organization_id = m.organization_id
     where 'owner' = any (m.roles) and m.suspended_at is null`,
    [
      kind,
      organization.id,
      request.id,
      request.case_id,
      String(request.minutes),
      String(request.writes),
      String(request.kind === 'break-glass'),
      now,
    ],
  )
}

export function targetOf(requestId: string): { type: string; id: string }[] {
  return [{ type: 'support-request', id: requestId }]
}
