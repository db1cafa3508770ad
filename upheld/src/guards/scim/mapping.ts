import { z } from 'zod'
import type { Organization, TransactionStatements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import { holds, type Giver } from './giver.ts'
import { settle } from './standing.ts'

/** A group of the directory, and what its users become here. */
export interface MappedGroup {
  readonly id: string
  readonly name: string
  readonly users: number
  readonly role: string | undefined
}

const groupRow = z.object({ id: z.string(), display_name: z.string(), users: z.number(), role: z.string().nullable() })

/** By name; at most 2,000. */
export async function mappedGroups(organization: Organization): Promise<readonly MappedGroup[]> {
  const rows = await organization.sql`
    select g.id, g.display_name, g.role,
      (select count(*)::int from upheld_access.scim_group_user u where u.group_id = g.id) as users
    from upheld_access.scim_group g order by lower(g.display_name), g.id limit 2000`
  return rows.map(row => {
    const { id, display_name: name, users, role } = groupRow.parse(row)
    return Object.freeze({ id, name, users, role: role ?? undefined })
  })
}

/** @throws scim.role_refused, not_found */
export async function mapGroup(
  organization: Organization,
  giver: Giver,
  { groupId, role }: { readonly groupId: string; readonly role: string | undefined },
  now: Date,
): Promise<void> {
  if (groupId.includes('\0')) throw refuse.not_found()
  await organization.transaction(async tx => {
    await assertGiving(tx, giver, role === undefined ? [] : [role])
    const found = await tx.sql`update upheld_access.scim_group set role = ${role ?? null}
      where id::text = ${groupId} returning id`
    if (found.length === 0) throw refuse.not_found()
    const users = await tx.sql<{ user_id: string }>`
      select user_id from upheld_access.scim_group_user where group_id = ${groupId} order by user_id`
    for (const { user_id: userId } of users) await settle(tx, { organization: organization.id, giver, now }, userId)
  })
}

/** Whoever holds a token of the directory gives what its groups give. @throws scim.role_refused */
export async function assertGivingMapped(tx: TransactionStatements, giver: Giver): Promise<void> {
  const mapped = await tx.sql<{ role: string }>`
    select distinct role from upheld_access.scim_group where role is not null order by role`
  await assertGiving(
    tx,
    giver,
    mapped.map(({ role }) => role),
  )
}

async function assertGiving(tx: TransactionStatements, giver: Giver, roles: readonly string[]): Promise<void> {
  if (!(await holds(tx, giver, roles))) throw refuse.role_refused()
}
