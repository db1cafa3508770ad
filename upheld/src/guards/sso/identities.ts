import { z } from 'zod'
import { normalizeEmail, normalizeName } from '../identity/index.ts'
import { isOfProvenDomain } from '../domains/index.ts'
import type { Statements, TransactionStatements } from '../../foundation/tenancy/index.ts'
import type { OrganizationId } from '../../core/ids.ts'
import { refuse } from './errors.ts'
import type { Connection } from './connections.ts'

/** What a provider said of somebody, verified. Issuer and subject are the identity; the rest is hearsay. */
export interface Upstream {
  readonly issuer: string
  readonly subject: string
  readonly email: unknown
  readonly emailVerified: unknown
  readonly name: unknown
}

export interface Found {
  readonly personId: string
  readonly memberId: string
}

/**
 * The member whom this identity means, in this organization. Undefined when nobody is linked to it.
 * @throws sso.no_member when the one it means was suspended, removed or disabled
 */
export async function memberOf(tx: Statements, { issuer, subject }: Upstream, now: Date): Promise<Found | undefined> {
  const [row] = await tx.sql<{ person_id: string; member_id: string | null; live: boolean }>`
    select i.person_id, m.id as member_id, m.suspended_at is null and p.disabled_at is null as live
    from upheld_identity.sso_identity i
    join upheld_identity.person p on p.id = i.person_id
    left join upheld_access.member m on m.person_id = i.person_id
    where i.organization_id = (select upheld.organization_id()) and i.issuer = ${issuer} and i.subject = ${subject}`
  if (row === undefined) return undefined
  if (row.member_id === null || !row.live) throw refuse.no_member()
  await tx.sql`update upheld_identity.sso_identity set seen_at = ${now}
    where organization_id = (select upheld.organization_id()) and issuer = ${issuer} and subject = ${subject}`
  return Object.freeze({ personId: row.person_id, memberId: row.member_id })
}

/** Whether this person belongs to another organization as well, in which the provider of this one has no say. */
export async function isElsewhere(tx: Statements, organization: OrganizationId, personId: string): Promise<boolean> {
  const rows = await tx.sql`select organization_id from upheld_identity.membership
    where person_id = ${personId} and organization_id <> ${organization} limit 1`
  return rows.length > 0
}

/** A member who signs in by a provider. */
export interface LinkedIdentity {
  readonly memberId: string
  readonly name: string
  readonly email: string
  readonly issuer: string
  /** By the member, by their first sign-in, or by the directory. */
  readonly source: 'link' | 'sign-in' | 'directory'
  readonly linkedAt: Date
  readonly seenAt: Date | undefined
}

const linkedRow = z.object({
  member_id: z.string(),
  name: z.string(),
  email: z.string(),
  issuer: z.string(),
  source: z.enum(['link', 'sign-in', 'directory']),
  linked_at: z.date(),
  seen_at: z.date().nullable(),
})

/** Members of this organization who are linked to a provider, by name; at most 1,000. */
export async function linkedMembers(statements: Statements): Promise<readonly LinkedIdentity[]> {
  const rows = await statements.sql`
    select m.id as member_id, p.name, p.email, i.issuer, i.source, i.linked_at, i.seen_at
    from upheld_identity.sso_identity i
    join upheld_access.member m on m.person_id = i.person_id join upheld_identity.person p on p.id = i.person_id
    where i.organization_id = (select upheld.organization_id()) order by p.name, p.email, i.issuer limit 1000`
  return rows.map(row => {
    const { member_id: memberId, linked_at: linkedAt, seen_at: seenAt, ...rest } = linkedRow.parse(row)
    return Object.freeze({ memberId, ...rest, linkedAt, seenAt: seenAt ?? undefined })
  })
}

/**
 * Sessions of one person that a provider of this organization vouches for, and what waits for their second factor after its
 * word. Those of a provider that ends go by a trigger.
 */
export async function endProviderSessions(
  tx: Statements,
  organization: OrganizationId,
  personId: string,
): Promise<void> {
  await tx.sql`delete from upheld_identity.once where owner = ${`person:${personId}`} and kind = 'sign-in-ticket'
    and subject ->> 'organizationId' = ${organization}`
  await tx.sql`delete from upheld_identity.session
    where organization_id = ${organization} and person_id = ${personId}`
}

/** @throws sso.already_linked when the identity is another's, or the person has another one of this issuer here */
export async function linkIdentity(
  tx: Statements,
  {
    organization,
    issuer,
    subject,
  }: { readonly organization: OrganizationId; readonly issuer: string; readonly subject: string },
  to: { readonly personId: string; readonly source: 'link' | 'sign-in' | 'directory' },
  now: Date,
): Promise<void> {
  const made = await tx.sql`
    insert into upheld_identity.sso_identity (organization_id, issuer, subject, person_id, source, linked_at)
    values (${organization}, ${issuer}, ${subject}, ${to.personId}, ${to.source}, ${now})
    on conflict do nothing returning subject`
  if (made.length === 0) throw refuse.already_linked()
}

/**
 * A new person and member for somebody whom nobody knows: where the connection allows it, for an address that the provider
 * verified, in a domain that the organization proved. An address that a person has already makes nobody theirs.
 */
export async function provision(
  tx: TransactionStatements,
  organization: OrganizationId,
  connection: Connection,
  said: Upstream,
  now: Date,
): Promise<Found | undefined> {
  if (!connection.provision || said.emailVerified !== true) return undefined
  const email = emailOf(said.email)
  if (email === undefined || !(await isOfProvenDomain(tx, email, now))) return undefined
  const [person] = await tx.sql<{ id: string }>`
    insert into upheld_identity.person (email, email_verified_at, name) values (${email}, ${now}, ${nameOf(said.name, email)})
    on conflict (email) do nothing returning id`
  if (person === undefined) return undefined
  const [member] = await tx.sql<{ id: string }>`
    insert into upheld_access.member (organization_id, person_id, roles, source)
    values (${organization}, ${person.id}, ${connection.roles}, 'sso') returning id`
  if (member === undefined) return undefined
  await linkIdentity(
    tx,
    { organization, issuer: said.issuer, subject: said.subject },
    { personId: person.id, source: 'sign-in' },
    now,
  )
  return Object.freeze({ personId: person.id, memberId: member.id })
}

/**
 * Whom the organization's own directory named by the very subject of the provider (`externalId`), in a person that the
 * directory made and that nobody ever used: no password, factor, session or other identity, and no other organization.
 */
export async function adopt(
  tx: TransactionStatements,
  organization: OrganizationId,
  connection: Connection,
  { issuer, subject }: Upstream,
  now: Date,
): Promise<Found | undefined> {
  if (!connection.provision) return undefined
  const [row] = await tx.sql<{ person_id: string; member_id: string }>`
    select p.id as person_id, m.id as member_id
    from upheld_access.scim_user s
    join upheld_access.member m on m.id = s.member_id and m.suspended_at is null
    join upheld_identity.person p on p.id = m.person_id and p.disabled_at is null
    where s.external_id = ${subject} and s.made_person
      and not exists (select from upheld_identity.password x where x.person_id = p.id)
      and not exists (select from upheld_identity.passkey x where x.person_id = p.id)
      and not exists (select from upheld_identity.totp x where x.person_id = p.id)
      and not exists (select from upheld_identity.session x where x.person_id = p.id)
      and not exists (select from upheld_identity.sso_identity x where x.person_id = p.id)
      and not exists (select from upheld_identity.membership x where x.person_id = p.id and x.organization_id <> ${organization})
    for update of p`
  if (row === undefined) return undefined
  await linkIdentity(tx, { organization, issuer, subject }, { personId: row.person_id, source: 'directory' }, now)
  return Object.freeze({ personId: row.person_id, memberId: row.member_id })
}

function emailOf(given: unknown): string | undefined {
  try {
    return normalizeEmail(given)
  } catch {
    return undefined
  }
}

function nameOf(given: unknown, email: string): string {
  try {
    return normalizeName(given)
  } catch {
    return email
  }
}
