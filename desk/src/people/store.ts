import type { Organization } from 'upheld'
import type { Role } from '../access/permissions.ts'
import { type Page, page, type Position } from '../http/paging.ts'

export interface Member {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly created_at: Date
}

export async function listMembers(
  organization: Organization,
  { limit, after: [name, id] }: { readonly limit: number; readonly after: Position },
): Promise<Page<Member>> {
  const rows = await organization.sql<Member>`
    select id, name, email, role, created_at from desk.member
    where (name, id) > (${name}, ${id}::uuid)
    order by name, id
    limit ${limit + 1}`
  return page(rows, limit, row => [row.name, row.id])
}

/** For choosing one in a form: at most 500. */
export function listMemberNames(organization: Organization): Promise<{ id: string; name: string }[]> {
  return organization.sql<{ id: string; name: string }>`select id, name from desk.member order by name, id limit 500`
}

/** Undefined when somebody here has this address already. */
export async function addMember(
  organization: Organization,
  { name, email, role }: { readonly name: string; readonly email: string; readonly role: Role },
): Promise<string | undefined> {
  const [row] = await organization.sql<{ id: string }>`
    insert into desk.member (organization_id, name, email, role)
    values (${organization.id}, ${name}, ${email}, ${role})
    on conflict (organization_id, email) do nothing
    returning id`
  return row?.id
}

/** The last owner stays one: nobody else could make another. */
export async function changeRole(
  organization: Organization,
  id: string,
  role: Role,
): Promise<'changed' | 'last_owner' | 'absent'> {
  return organization.transaction(async ({ sql }) => {
    // All owners are locked in one order, so two of them who step down at once are seen one after the other.
    const owners = await sql<{ id: string }>`select id from desk.member where role = 'owner' order by id for update`
    if (role !== 'owner' && owners.length === 1 && owners[0]?.id === id) return 'last_owner'
    const changed = await sql`update desk.member set role = ${role} where id = ${id} returning id`
    return changed.length === 1 ? 'changed' : 'absent'
  })
}
