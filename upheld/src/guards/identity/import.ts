import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import { normalizeEmail, normalizeName } from './address.ts'
import { refuse } from './errors.ts'
import type { Parts } from './parts.ts'
import { queryable } from './queryable.ts'

const operator = { type: 'operator', id: 'import', purpose: 'import' } as const

/** Somebody whom the operator knows from elsewhere. */
export interface ImportedPerson {
  /** One that was proven there. */
  readonly email: string
  readonly name: string
  /**
   * A stored hash of their password: bcrypt, scrypt or argon2id, as guards/passwords reads them. It becomes one of today
   * at their next sign-in. Left out, they choose a password by a link.
   */
  readonly hash?: string | undefined
}

export interface ImportedMember extends ImportedPerson {
  readonly organizationId: string
  readonly roles: readonly string[]
}

const hashForm = z.string().min(20).max(512).optional()
const rolesForm = z.array(z.string().max(100)).max(20)

/**
 * An act of the operator: a person with a proven address. Whoever has the address already is that person, with the password
 * that they have.
 * @throws identity.bad_email, bad_name, bad_input
 */
export async function importPerson({ database, clock }: Parts, given: ImportedPerson): Promise<string> {
  return database.transaction(tx => written(tx, given, clock.now()))
}

async function written(tx: Queryable, given: ImportedPerson, now: Date): Promise<string> {
  const [email, name] = [normalizeEmail(given.email), normalizeName(given.name)]
  const hash = hashForm.safeParse(given.hash)
  if (!hash.success) throw refuse.bad_input({ detail: 'hash' })
  const { rows: made } = await tx.query(
    `insert into upheld_identity.person (email, email_verified_at, name) values ($1, $2, $3)
     on conflict (email) do nothing returning id`,
    [email, now, name],
  )
  const known = await tx.query(`select id from upheld_identity.person where email = $1`, [email])
  const personId = z.string().parse(known.rows[0]?.['id'])
  if (made.length === 1 && hash.data !== undefined) {
    const text = `insert into upheld_identity.password (person_id, hash, changed_at) values ($1, $2, $3)`
    await tx.query(text, [personId, hash.data, now])
  }
  return personId
}

/**
 * The same, and a member of an organization, in one transaction.
 * @throws as `importPerson`, and identity.member_already
 */
export async function importMember(
  { tenancy, clock, access }: Parts,
  { organizationId, roles, ...given }: ImportedMember,
): Promise<{ readonly personId: string; readonly memberId: string }> {
  const known = rolesForm.safeParse(roles).success && roles.every(role => access.isRole(role))
  if (!known) throw refuse.bad_input({ detail: 'roles' })
  const organization = tenancy.organization(organizationId).as(operator)
  return organization.transaction(async tx => {
    const [now, memberId] = [clock.now(), randomUUID()]
    const personId = await written(queryable(tx), given, now)
    const member = await tx.query(
      `insert into upheld_access.member (organization_id, id, person_id, roles, source, created_at)
       values ($1, $2, $3, $4, 'import', $5) on conflict (organization_id, person_id) do nothing returning id`,
      [organization.id, memberId, personId, roles, now],
    )
    if (member.length === 0) throw refuse.member_already()
    return Object.freeze({ personId, memberId })
  })
}

/**
 * An act of the operator: the name of an organization that was not made by one of its people.
 * @throws identity.bad_name
 */
export async function nameOrganization({ tenancy, clock }: Parts, organizationId: string, name: string): Promise<void> {
  const organization = tenancy.organization(organizationId).as(operator)
  await organization.query(
    `insert into upheld_access.account (organization_id, name, created_at) values ($1, $2, $3)
     on conflict (organization_id) do update set name = excluded.name`,
    [organization.id, normalizeName(name), clock.now()],
  )
}
