import { z } from 'zod'
import { assertFresh } from './actions.ts'
import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { networkOf } from './origin.ts'
import { enqueueMail, enqueueMailTo, lastMail } from './outbox.ts'
import type { From, Parts } from './parts.ts'
import { personOf } from './person.ts'
import { endSessions } from './sessions.ts'
import { ownSessionFor } from './step-up.ts'
import { unlessLastOwner } from './organizations.ts'

const membership = z.object({ organization_id: z.string() })

/**
 * An act of the operator: every session ends with it, nothing opens any more, and nothing is lost.
 * @throws identity.absent
 */
export async function disablePerson({ database, clock }: Parts, personId: string): Promise<void> {
  await database.transaction(async tx => {
    const now = clock.now()
    const { rowCount } = await tx.query(
      `update upheld_identity.person set disabled_at = coalesce(disabled_at, $2) where id = $1`,
      [personId, now],
    )
    if (rowCount === 0) throw refuse.absent()
    await endSessions(tx, personId)
    await tx.query(`delete from upheld_identity.once where owner = $1 and used_at is null`, [`person:${personId}`])
    await recordAccountEvent(tx, { personId, action: 'account.disabled', network: 'operator' }, now)
    await enqueueMailTo(tx, personId, { kind: 'account-disabled' }, now)
  })
}

/** The other way round. They sign in anew. @throws identity.absent */
export async function enablePerson({ database }: Parts, personId: string): Promise<void> {
  const { rowCount } = await database.query(`update upheld_identity.person set disabled_at = null where id = $1`, [
    personId,
  ])
  if (rowCount === 0) throw refuse.absent()
}

/**
 * Organizations first, one after the other: whoever is the last owner of one is refused before anything is gone. Then the
 * person, with everything that hangs on them, the keys of the vault first. What was asked for in parallel meanwhile can leave them in fewer
 * organizations, and the account as it was.
 * @throws identity.no_session, prove_again, last_owner
 */
export async function deletePerson(parts: Parts, token: string): Promise<void> {
  const { database, clock } = parts
  const session = await ownSessionFor(parts, token)
  assertFresh(session, 'delete-account', clock.now())
  const { id, email } = await personOf(database, session.personId)
  const organizations = await organizationsOf(parts, id)
  for (const organization of organizations) {
    const [alone] = await parts.tenancy.organization(organization).query(
      `select m.id from upheld_access.member m where m.person_id = $1 and 'owner' = any (m.roles) and m.suspended_at is null
       and not exists (select from upheld_access.member o join upheld_identity.person p on p.id = o.person_id
         where o.id <> m.id and 'owner' = any (o.roles) and o.suspended_at is null and p.disabled_at is null)`,
      [id],
    )
    if (alone !== undefined) throw refuse.last_owner()
  }
  for (const organization of organizations) {
    await leaveAs(parts, organization, id)
    await parts.tenancy
      .organization(organization)
      .query(`delete from upheld_access.invitation where email = $1`, [email])
  }
  // Before the rows: where the keys cannot be reached there is somebody left to ask once more.
  await parts.factors.destroyKeys(id)
  await database.transaction(async tx => {
    // To addresses of before as well, as long as they are known to have been this person's.
    await tx.query(
      `delete from upheld_identity.mail where recipient = $1 or detail ->> 'person' = $2
         or recipient in (select was from upheld_identity.email_change where person_id = $2::uuid)`,
      [email, id],
    )
    await tx.query(`delete from upheld_identity.person where id = $1`, [id])
    await tx.query(`delete from upheld_identity.once where owner = $1`, [`person:${id}`])
    await tx.query(`delete from upheld_identity.sign_up where email = $1`, [email])
    await enqueueMail(tx, { recipient: email, kind: lastMail }, clock.now())
  })
}

/** Identifiers of the organizations that a person belongs to. */
export async function organizationsOf({ database }: Parts, personId: string): Promise<readonly string[]> {
  const { rows } = await database.query(
    `select organization_id from upheld_identity.membership where person_id = $1 order by organization_id`,
    [personId],
  )
  return rows.map(given => membership.parse(given).organization_id)
}

async function leaveAs({ tenancy }: Parts, organizationId: string, personId: string): Promise<void> {
  const organization = tenancy.organization(organizationId)
  const [row] = await organization.query(`select id from upheld_access.member where person_id = $1`, [personId])
  if (row === undefined) return
  const id = String(row['id'])
  const own = organization.as({ type: 'member', id, purpose: 'account' })
  await unlessLastOwner(() => own.query(`delete from upheld_access.member where id = $1`, [id]))
}

/** Leaves one organization. @throws identity.no_session, no_organization, last_owner */
export async function leaveOrganization(
  parts: Parts,
  token: string,
  organizationId: string,
  from: From,
): Promise<void> {
  const { personId } = await ownSessionFor(parts, token)
  if (!(await organizationsOf(parts, personId)).includes(organizationId)) throw refuse.no_organization()
  await leaveAs(parts, organizationId, personId)
  const network = networkOf(from.address)
  const event = { personId, action: 'organization.left', network, detail: { organization: organizationId } } as const
  await recordAccountEvent(parts.database, event, parts.clock.now())
}
