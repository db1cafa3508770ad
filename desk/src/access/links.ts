import type { Organization } from 'upheld'
import { hashSecret, newCredential, writeCredential } from './secrets.ts'

/**
 * A path that signs this member in once, within 15 minutes; undefined if there is no such member.
 * What is over is cleared away on the same occasion, so neither links nor sessions pile up.
 */
export async function newLink(organization: Organization, memberId: string): Promise<string | undefined> {
  const link = newCredential(organization.id)
  return organization.transaction(async ({ sql }) => {
    await sql`delete from desk.access_link where expires_at < now() or used_at is not null`
    await sql`delete from desk.session where expires_at < now()`
    const made = await sql`
      insert into desk.access_link (organization_id, member_id, secret_hash, expires_at)
      select organization_id, id, decode(${hashSecret(link.secret)}, 'hex'), now() + interval '15 minutes'
      from desk.member where id = ${memberId}
      returning id`
    return made.length === 1 ? `/sign-in/${writeCredential(link)}` : undefined
  })
}
