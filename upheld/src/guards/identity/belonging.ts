import { z } from 'zod'
import { peekOnce } from '../once/index.ts'
import { organizationsOf } from './leaving.ts'
import { linkSubject, parseInvitationToken } from './links.ts'
import type { Parts } from './parts.ts'
import { sessionFor } from './step-up.ts'

/** An organization as one of its members chooses it. */
export interface OwnOrganization {
  readonly id: string
  readonly name: string
  readonly roles: readonly string[]
  /** They belong to it, and may not enter for now. */
  readonly suspended: boolean
}

/** What a link invites to, for whoever holds it. */
export interface InvitedTo {
  readonly organizationName: string
  readonly roles: readonly string[]
}

const ownRow = z
  .object({ name: z.string(), roles: z.array(z.string()), suspended: z.boolean() })
  .transform(one => Object.freeze(one))
const invitedRow = z.object({ name: z.string(), roles: z.array(z.string()) })

/**
 * Those of a session, by name; of a provider's session its own alone. One statement for each, in its own context: no
 * statement reads the members of two organizations.
 * @throws identity.no_session
 */
export async function ownOrganizations(parts: Parts, token: string): Promise<readonly OwnOrganization[]> {
  const { personId, organizationId } = await sessionFor(parts, token)
  const all = await organizationsOf(parts, personId)
  const mine = organizationId === undefined ? all : all.filter(id => id === organizationId)
  const found: OwnOrganization[] = []
  for (const id of mine) {
    const [row] = await parts.tenancy.organization(id).query(
      `select a.name, m.roles, m.suspended_at is not null as suspended
       from upheld_access.member m join upheld_access.account a on a.organization_id = m.organization_id
       where m.person_id = $1`,
      [personId],
    )
    if (row !== undefined) found.push({ id, ...ownRow.parse(row) })
  }
  return found.toSorted((a, b) => a.name.localeCompare(b.name, 'en') || a.id.localeCompare(b.id))
}

/**
 * Looks at an invitation and uses nothing up. Whether it is still good, and for whom, is found out where it is accepted.
 * Undefined for one that is over, revoked, or none.
 */
export async function invitedTo(parts: Parts, link: string): Promise<InvitedTo | undefined> {
  const parsed = parseInvitationToken(link)
  if (parsed === undefined) return undefined
  const now = parts.clock.now()
  const issued = await peekOnce(parts.database, 'invitation', parsed.secret, now)
  if (issued === undefined) return undefined
  const [row] = await parts.tenancy.organization(parsed.organizationId).query(
    `select a.name, i.roles from upheld_access.invitation i
     join upheld_access.account a on a.organization_id = i.organization_id
     where i.id = $1 and i.accepted_at is null and i.revoked_at is null and i.expires_at > $2`,
    [linkSubject.parse(issued.subject).for, now],
  )
  if (row === undefined) return undefined
  const { name: organizationName, roles } = invitedRow.parse(row)
  return Object.freeze({ organizationName, roles })
}
