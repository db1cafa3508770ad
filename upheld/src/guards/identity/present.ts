import { z } from 'zod'
import type { Parts } from './parts.ts'

/** A member as an application shows them to each other, where one of them is chosen. */
interface PresentMember {
  readonly id: string
  readonly name: string
}

const row = z.object({ id: z.string(), name: z.string() })
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const present = `upheld_access.member m join upheld_identity.person p on p.id = m.person_id
  where m.suspended_at is null and p.disabled_at is null`

/**
 * Those who may enter an organization at this moment, by name and identifier, after the one that is given; without
 * addresses and roles. One statement. For an application that lets people choose a colleague: whoever is let into the
 * organization is not asked for a permission here.
 */
export async function presentMembers(
  { tenancy }: Parts,
  organizationId: string,
  { after, limit }: { readonly after?: PresentMember; readonly limit: number },
): Promise<readonly PresentMember[]> {
  const rows = await tenancy.organization(organizationId).query(
    `select m.id, p.name from ${present}
     and ($1::text is null or (p.name collate "C", m.id) > ($1::text collate "C", $2::uuid))
     order by p.name collate "C", m.id limit $3`,
    [after?.name ?? null, after?.id ?? null, limit],
  )
  return z.array(row).parse(rows)
}

/** One of them; undefined for whoever left, is suspended, or was never here. */
export async function presentMember(
  { tenancy }: Parts,
  organizationId: string,
  memberId: string,
): Promise<PresentMember | undefined> {
  if (!uuidForm.test(memberId)) return undefined
  const [found] = await tenancy
    .organization(organizationId)
    .query(`select m.id, p.name from ${present} and m.id = $1`, [memberId])
  return found === undefined ? undefined : row.parse(found)
}
