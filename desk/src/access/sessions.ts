import { randomUUID } from 'node:crypto'
import type { Actor, Organization, Upheld } from 'upheld'
import type { Principal, Role } from './permissions.ts'
import { formToken, hashSecret, newCredential, readCredential, writeCredential } from './secrets.ts'

/** A session ends 12 hours after it began, or 30 minutes after it was last used. */
const agesAfter = '12 hours'
const idlesAfter = '30 minutes'

export interface Session {
  readonly id: string
  /** For this member: what is changed through it stands in the activity log under the member's id. */
  readonly organization: Organization
  /** The same for one request that may do more, such as open a sealed column. */
  acting(more: Pick<Actor, 'opens'>): Organization
  readonly member: Principal & { readonly kind: 'member' }
  /** Goes into every form of this session. */
  readonly formToken: string
}

/** Uses up a link and begins its session, in one statement: of many that try at once, one succeeds. */
export async function redeemLink(upheld: Pick<Upheld, 'organization'>, link: string): Promise<string | undefined> {
  const given = readCredential(link)
  if (given === undefined) return undefined
  const session = newCredential(given.organizationId)
  const organization = upheld.organization(given.organizationId)
  const begun = await organization.sql`
    with link as (
      update desk.access_link set used_at = now()
      where secret_hash = decode(${hashSecret(given.secret)}, 'hex') and used_at is null and expires_at > now()
      returning organization_id, member_id
    )
    insert into desk.session (organization_id, member_id, token_hash, expires_at)
    select organization_id, member_id, decode(${hashSecret(session.secret)}, 'hex'), now() + ${agesAfter}::interval
    from link
    returning id`
  return begun.length === 1 ? writeCredential(session) : undefined
}

export async function openSession(upheld: Upheld, token: string): Promise<Session | undefined> {
  const given = readCredential(token)
  if (given === undefined) return undefined
  const organization = upheld.organization(given.organizationId)
  // `last_seen_at` moves once a minute at most: reading a page is then rarely a write.
  const [row] = await organization.sql<{ id: string; member_id: string; name: string; role: Role }>`
    with open as (
      select session.id, session.last_seen_at, member.id as member_id, member.name, member.role
      from desk.session
      join desk.member
        on member.organization_id = session.organization_id and member.id = session.member_id
      where session.token_hash = decode(${hashSecret(given.secret)}, 'hex')
        and session.expires_at > now() and session.last_seen_at > now() - ${idlesAfter}::interval
    ), seen as (
      update desk.session set last_seen_at = now() from open
      where session.id = open.id and open.last_seen_at < now() - interval '1 minute'
    )
    select id, member_id, name, role from open`
  if (row === undefined) return undefined
  const { id, member_id, name, role } = row
  // One session is opened for one request: what it did can be told from what the same member did otherwise.
  const request = randomUUID()
  const acting = (more: Pick<Actor, 'opens'>): Organization =>
    organization.as({ type: 'member', id: member_id, purpose: 'support-desk', request, ...more })
  return {
    id,
    organization: acting({}),
    acting,
    member: { kind: 'member', id: member_id, name, role },
    formToken: formToken(given.secret),
  }
}

export async function endSession(session: Session): Promise<void> {
  await session.organization.sql`delete from desk.session where id = ${session.id}`
}
