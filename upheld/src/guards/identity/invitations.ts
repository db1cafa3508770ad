import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { TransactionStatements } from '../../foundation/tenancy/index.ts'
import { accessStore, type AccessSet } from '../access/index.ts'
import { claimOnce } from '../once/index.ts'
import { assertFresh } from './actions.ts'
import { normalizeEmail } from './address.ts'
import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { linkSecs, linkSubject, parseInvitationToken } from './links.ts'
import { networkOf } from './origin.ts'
import { assertMailsLeft, enqueueMail } from './outbox.ts'
import type { From, Parts } from './parts.ts'
import { personOf } from './person.ts'
import type { Entry } from './port.ts'
import { queryable } from './queryable.ts'
import { ownSessionFor } from './step-up.ts'
import { unlessStaff, type Founded } from './organizations.ts'

export interface Invitation {
  readonly email: string
  readonly roles: readonly string[]
}

export interface OpenInvitation extends Invitation {
  readonly id: string
  readonly invitedBy: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

/** Of one organization. Whoever has more people to invite has a directory. */
const mailsPerHour = 200
/** In the place of the address of an invitation that is settled: whose it was, nobody has to know any more. */
const noAddress = 'nobody'
const rolesForm = z.array(z.string().max(100)).max(20)
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const row = z.object({
  id: z.string(),
  email: z.string(),
  roles: z.array(z.string()),
  invited_by: z.string(),
  created_at: z.date(),
  expires_at: z.date(),
})

/**
 * Answers with its identifier; its link is mailed. Roles are judged now, and once more when it is accepted.
 * @throws identity.may_not, prove_again, bad_email, bad_input, invitation_exists, enough_mails
 */
export async function invite({ access, clock }: Parts, entry: Entry, given: Invitation): Promise<string> {
  const email = normalizeEmail(given.email)
  const roles = rolesForm.safeParse(given.roles).data
  if (roles === undefined || !roles.every(role => access.isRole(role))) throw refuse.bad_input({ detail: 'roles' })
  if (!mayInvite({ access }, entry.set, roles)) throw refuse.may_not()
  assertFresh(entry.session, 'invite-members', clock.now())
  const [id, now] = [randomUUID(), clock.now()]
  await entry.organization.transaction(async tx => {
    // Those that ran out go, with addresses of people who never came.
    await tx.query(
      `delete from upheld_access.invitation where accepted_at is null and revoked_at is null and expires_at <= $1`,
      [now],
    )
    await assertMailsLeft(queryable(tx), { kind: 'invitation', by: entry.organizationId, max: mailsPerHour }, now)
    const made = await tx.query(
      `insert into upheld_access.invitation (organization_id, id, email, roles, invited_by, created_at, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id`,
      [
        entry.organizationId,
        id,
        email,
        roles,
        entry.memberId,
        now,
        new Date(now.getTime() + linkSecs.invitation * 1000),
      ],
    )
    if (made[0] === undefined) throw refuse.invitation_exists()
    const detail = {
      organization: entry.organizationName,
      person: entry.session.personId,
      organizationId: entry.organizationId,
      invitation: id,
    }
    await enqueueMail(queryable(tx), { recipient: email, kind: 'invitation', detail, by: entry.organizationId }, now)
  })
  return id
}

function mayInvite({ access }: Pick<Parts, 'access'>, set: AccessSet, roles: readonly string[]): boolean {
  return set.may('organization.members.invite') && access.mayGrant(set, roles).allowed
}

/** @throws identity.may_not, absent */
export async function revokeInvitation({ clock }: Parts, entry: Entry, id: string): Promise<void> {
  if (!entry.set.may('organization.members.invite')) throw refuse.may_not()
  if (!uuidForm.test(id)) throw refuse.absent()
  const revoked = await entry.organization.query(
    `update upheld_access.invitation set revoked_at = $2, email = $3
     where id = $1 and accepted_at is null and revoked_at is null returning id`,
    [id, clock.now(), noAddress],
  )
  if (revoked[0] === undefined) throw refuse.absent()
}

/** @throws identity.may_not */
export async function openInvitations({ clock }: Parts, entry: Entry): Promise<readonly OpenInvitation[]> {
  if (!entry.set.may('organization.members.read')) throw refuse.may_not()
  const rows = await entry.organization.query(
    `select id, email, roles, invited_by, created_at, expires_at from upheld_access.invitation
     where accepted_at is null and revoked_at is null and expires_at > $1 order by created_at, id`,
    [clock.now()],
  )
  return rows.map(given => {
    const { invited_by: invitedBy, created_at: createdAt, expires_at: expiresAt, ...rest } = row.parse(given)
    return Object.freeze({ ...rest, invitedBy, createdAt, expiresAt })
  })
}

/**
 * Signed in as the person who was invited: the address that this account proved is the one that the mail went to. Used up
 * in the transaction that makes the member; a refusal leaves it for whom it is for.
 * @throws identity.no_session, link_over, not_invited, member_already, is_staff
 */
export async function acceptInvitation(parts: Parts, token: string, link: string, from: From): Promise<Founded> {
  const session = await ownSessionFor(parts, token)
  const parsed = parseInvitationToken(link)
  if (parsed === undefined || !uuidForm.test(parsed.organizationId)) throw refuse.link_over()
  const { id: personId, email } = await personOf(parts.database, session.personId)
  const organization = parts.tenancy.organization(parsed.organizationId)
  const memberId = randomUUID()
  const own = organization.as({ type: 'member', id: memberId, purpose: 'invitation' })
  const join = async (tx: TransactionStatements): Promise<void> => {
    const now = parts.clock.now()
    const claimed = await claimOnce(queryable(tx), 'invitation', parsed.secret, now)
    if (claimed === undefined) throw refuse.link_over()
    const roles = await rolesOf(parts, tx, { email, id: linkSubject.parse(claimed.subject).for })
    const made = await tx.query(
      `insert into upheld_access.member (organization_id, id, person_id, roles, source, created_at)
       values ($1, $2, $3, $4, 'invitation', $5) on conflict (organization_id, person_id) do nothing returning id`,
      [organization.id, memberId, personId, roles, now],
    )
    if (made[0] === undefined) throw refuse.member_already()
    const detail = { organization: organization.id }
    const network = networkOf(from.address)
    await recordAccountEvent(queryable(tx), { personId, action: 'organization.joined', network, detail }, now)
  }
  await unlessStaff(() => own.transaction(join))
  return Object.freeze({ organizationId: organization.id, memberId })
}

/** What the invitation gives, if whoever made it may still give it. It is marked as accepted. */
async function rolesOf(
  { access, clock }: Parts,
  tx: TransactionStatements,
  { id, email }: { readonly id: string; readonly email: string },
): Promise<readonly string[]> {
  const [found] = await tx.query(
    `with open as (
       select id, email, roles, invited_by, created_at, expires_at from upheld_access.invitation
       where id = $1 and accepted_at is null and revoked_at is null and expires_at > $2 for update
     ), accepted as (
       update upheld_access.invitation i set accepted_at = $2, email = $3 from open where i.id = open.id
     )
     select id, email, roles, invited_by, created_at, expires_at from open`,
    [id, clock.now(), noAddress],
  )
  if (found === undefined) throw refuse.link_over()
  const invitation = row.parse(found)
  if (invitation.email !== email) throw refuse.not_invited()
  const inviter = await accessStore({ access, clock }).setOf(tx, invitation.invited_by)
  if (inviter === undefined || !mayInvite({ access }, inviter, invitation.roles)) throw refuse.link_over()
  return invitation.roles
}
