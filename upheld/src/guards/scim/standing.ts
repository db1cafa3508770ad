import type { OrganizationId } from '../../core/ids.ts'
import type { TransactionStatements } from '../../foundation/tenancy/index.ts'
import { isOfProvenDomain } from '../domains/index.ts'
import { normalizeName } from '../identity/index.ts'
import { refuse } from './errors.ts'
import { holds, isAbove, type Giver } from './giver.ts'

// What a user of the directory is in the organization: nobody yet, or a member who is let in or not, with roles by groups.

interface Standing {
  readonly id: string
  readonly email: string | null
  readonly active: boolean
  readonly member_id: string | null
  readonly settled_at: Date | null
  readonly suspended: boolean
  readonly granted: readonly string[]
  readonly name: string
}

/** In whose name somebody becomes something. */
interface Settling {
  readonly organization: OrganizationId
  readonly giver: Giver
  readonly now: Date
}

/** What is given is given in somebody's name, who may do so at this moment; taking away asks for nobody. */
async function assertGiving(tx: TransactionStatements, giver: Giver, roles: readonly string[]): Promise<void> {
  if (!(await holds(tx, giver, roles))) throw refuse.maker_may_not()
}

/** Brings the member in line with what the directory says. In the transaction that changed the user or a group. */
export async function settle(tx: TransactionStatements, by: Settling, userId: string): Promise<void> {
  const [user] = await tx.sql<Standing>`
    select id, email, active, member_id, settled_at, suspended, granted,
      left(coalesce(attributes ->> 'displayName', attributes -> 'name' ->> 'formatted', user_name), 200) as name
    from upheld_access.scim_user where id = ${userId} for update`
  if (user === undefined) return
  const memberId = user.member_id ?? (await memberFor(tx, by, user))
  if (memberId === undefined) return
  await admit(tx, by, user, memberId)
  await giveRoles(tx, by, user, memberId)
}

/**
 * The member of this address; or a new one, where the organization proved the domain. Otherwise nobody: the user waits until
 * an invitation to that address was accepted. Who was removed here is not made a member again.
 */
async function memberFor(
  tx: TransactionStatements,
  { organization, giver, now }: Settling,
  user: Standing,
): Promise<string | undefined> {
  const { email } = user
  if (email === null) return undefined
  const [known] = await tx.sql<{ id: string; taken: boolean }>`
    select m.id, exists (select from upheld_access.scim_user u where u.member_id = m.id) as taken
    from upheld_access.member m join upheld_identity.person p on p.id = m.person_id where p.email = ${email}`
  if (known !== undefined) return known.taken ? undefined : linked(tx, user, known.id, false, now)
  if (!user.active || user.settled_at !== null || !(await isOfProvenDomain(tx, email, now))) return undefined
  const [made] = await tx.sql<{ id: string }>`
    insert into upheld_identity.person (email, email_verified_at, name) values (${email}, ${now}, ${nameOf(user.name, email)})
    on conflict (email) do nothing returning id`
  const [person] =
    made === undefined
      ? await tx.sql<{
          id: string
        }>`select p.id from upheld_identity.person p where p.email = ${email} and p.disabled_at is null
          and not exists (select from upheld_identity.staff s where s.person_id = p.id and s.ended_at is null)`
      : [made]
  if (person === undefined) return undefined
  await assertGiving(tx, giver, [])
  const [member] = await tx.sql<{ id: string }>`
    insert into upheld_access.member (organization_id, person_id, roles, source)
    values (${organization}, ${person.id}, '{}', 'scim') returning id`
  return member === undefined ? undefined : linked(tx, user, member.id, made !== undefined, now)
}

async function linked(
  tx: TransactionStatements,
  { id }: Standing,
  memberId: string,
  madePerson: boolean,
  now: Date,
): Promise<string> {
  await tx.sql`update upheld_access.scim_user
    set member_id = ${memberId}, made_person = ${madePerson}, settled_at = coalesce(settled_at, ${now}) where id = ${id}`
  return memberId
}

/** The directory suspends, and lifts only what it suspended itself. */
async function admit(
  tx: TransactionStatements,
  { giver, now }: Settling,
  { id, active, suspended }: Standing,
  memberId: string,
): Promise<void> {
  if (!active) {
    if (await isAbove(tx, giver, memberId)) throw refuse.owner_stays()
    const ended = await tx.sql`update upheld_access.member set suspended_at = ${now}
      where id = ${memberId} and suspended_at is null returning id`
    if (ended.length > 0)
      await tx.sql`update upheld_access.scim_user set suspended = true, suspended_at = ${now} where id = ${id}`
    return
  }
  if (!suspended) return
  await assertGiving(tx, giver, [])
  await tx.sql`update upheld_access.member m set suspended_at = null
    from upheld_access.scim_user u where u.id = ${id} and m.id = ${memberId} and m.suspended_at = u.suspended_at`
  await tx.sql`update upheld_access.scim_user set suspended = false, suspended_at = null where id = ${id}`
}

/** Roles by groups come and go with them; what somebody here gave is left alone. */
async function giveRoles(
  tx: TransactionStatements,
  { giver }: Settling,
  { id, granted }: Standing,
  memberId: string,
): Promise<void> {
  const mapped = await tx.sql<{ role: string }>`
    select distinct g.role from upheld_access.scim_group g join upheld_access.scim_group_user u on u.group_id = g.id
    where u.user_id = ${id} and g.role is not null order by g.role`
  const [member] = await tx.sql<{ roles: string[] }>`
    select roles from upheld_access.member where id = ${memberId} for update`
  if (member === undefined) return
  const own = member.roles.filter(role => !granted.includes(role))
  const byGroups = mapped.map(({ role }) => role).filter(role => role !== 'owner' && !own.includes(role))
  const given = byGroups.filter(role => !granted.includes(role))
  if (given.length > 0) await assertGiving(tx, giver, given)
  const after = [...own, ...byGroups]
  if (!same(after, member.roles)) await tx.sql`update upheld_access.member set roles = ${after} where id = ${memberId}`
  if (!same(byGroups, granted)) await tx.sql`update upheld_access.scim_user set granted = ${byGroups} where id = ${id}`
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every(one => b.includes(one))
}

/** A name that may be shown to people, or else the address. */
function nameOf(given: string, email: string): string {
  try {
    return normalizeName(given)
  } catch {
    return email
  }
}
