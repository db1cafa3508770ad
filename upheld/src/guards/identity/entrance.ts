import { z } from 'zod'
import type { OrganizationId } from '../../core/ids.ts'
import type { Organization, Tenancy } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import type { Parts } from './parts.ts'
import { isEnough, type StaffPolicy } from './policy.ts'
import type { Entrance, IdentityPort, VerifiedSession } from './port.ts'
import { aliveValues, hashOfToken, sessionAlive, sessionColumns, sessionOf, sessionRow, touch } from './sessions.ts'

/** What stands behind whatever is done in an organization, in its log. */
export interface Errand {
  /** Such as `console`. */
  readonly purpose?: string
  /** Ties together what one request did. */
  readonly request?: string
}

const memberTouchMs = 3_600_000
const columns = `p.name, p.email, a.name as organization_name, a.second_factor, m.id as member_id, m.roles,
  m.suspended_at, m.entries_after, m.seen_at as member_seen_at,
  coalesce((select json_agg(json_build_object('id', o.id, 'permission', o.permission, 'effect', o.effect,
      'ends', floor(extract(epoch from o.expires_at) * 1000)))
    from upheld_access.override o
    where o.organization_id = m.organization_id and o.member_id = m.id), '[]') as overrides`
const joins = `left join upheld_access.account a on a.organization_id = (select upheld.organization_id())
  left join upheld_access.member m on m.organization_id = a.organization_id and m.person_id = p.id`
const byTokenText = `select ${sessionColumns}, ${columns} from upheld_identity.session s
  join upheld_identity.person p on p.id = s.person_id ${joins} where ${sessionAlive}`
const byPersonText = `select ${columns} from upheld_identity.person p ${joins} where p.id = $1 and p.disabled_at is null`

const override = z
  .object({ id: z.string(), permission: z.string(), effect: z.enum(['allow', 'deny']), ends: z.number() })
  .transform(({ ends, ...rest }) => ({ ...rest, expiresAt: new Date(ends) }))
const memberRow = z.object({
  name: z.string(),
  email: z.string(),
  organization_name: z.string(),
  second_factor: z.enum(['privileged', 'everybody']),
  member_id: z.string(),
  roles: z.array(z.string()),
  suspended_at: z.null(),
  entries_after: z.date().nullable(),
  member_seen_at: z.date().nullable(),
  overrides: z.array(override),
})

/**
 * Lets a session into an organization: session, person, member, exceptions and policy in one statement, one round trip, in
 * the context of that organization. What is missing for the policy is a value that leads to it and to nothing else.
 * @throws identity.no_session; no_organization for one that is not there as for one whose member this is not
 */
export async function enter(
  parts: Parts,
  token: string,
  organizationId: string,
  errand: Errand = {},
): Promise<Entrance> {
  const organization = handleOf(parts.tenancy, organizationId)
  const hash = hashOfToken(token)
  if (hash === undefined) throw refuse.no_session()
  const now = parts.clock.now()
  const [row] = await organization.query(byTokenText, aliveValues(hash, now))
  if (row === undefined) throw refuse.no_session()
  const found = sessionRow.parse(row)
  await touch(parts.database, found, now)
  return admit(parts, organization, { session: sessionOf(found), row }, errand)
}

/** What entering stands on where sessions are somebody else's. */
export interface EntranceParts {
  readonly tenancy: Tenancy
  readonly clock: Parts['clock']
  readonly access: Pick<Parts['access'], 'setOf'>
  readonly staff: StaffPolicy
}

/**
 * The same for an application with a provider of its own: its sessions, our members, policies and log.
 * @throws as `enter`, and what the port throws
 */
export async function enterThrough(
  parts: EntranceParts,
  port: IdentityPort,
  bearer: string,
  organizationId: string,
  errand: Errand = {},
): Promise<Entrance> {
  const organization = handleOf(parts.tenancy, organizationId)
  const session = await port.verify(bearer)
  if (session === undefined || session.expiresAt <= parts.clock.now()) throw refuse.no_session()
  const [row] = await organization.query(byPersonText, [session.personId])
  if (row === undefined) throw refuse.no_session()
  return admit(parts, organization, { session, row }, errand)
}

async function admit(
  { access, clock, staff }: EntranceParts,
  organization: Organization,
  { session, row }: { readonly session: VerifiedSession; readonly row: object },
  { purpose = 'console', request }: Errand,
): Promise<Entrance> {
  // Before it is looked at who is a member here: whoever runs a provider learns nothing of other organizations.
  if (session.organizationId !== undefined && session.organizationId !== organization.id)
    return Object.freeze({ needs: 'sign-in', session })
  const member = memberRow.safeParse(row).data
  if (member === undefined) throw refuse.no_organization()
  const now = clock.now()
  if (member.entries_after !== null && session.startedAt <= member.entries_after)
    return Object.freeze({ needs: 'sign-in', session })
  const { member_id: memberId, roles, overrides } = member
  const set = access.setOf({ memberId, roles, overrides, suspended: false }, now)
  if (!isEnough(session, set, member.second_factor) || !staff(session))
    return Object.freeze({ needs: 'second-factor', session })
  const actor = { type: 'member', id: memberId, purpose, ...(request === undefined ? {} : { request }) } as const
  const handle = organization.as(actor)
  if (now.getTime() - (member.member_seen_at?.getTime() ?? 0) >= memberTouchMs)
    await handle.query(`update upheld_access.member set seen_at = $2 where id = $1`, [memberId, now])
  return Object.freeze({
    needs: 'nothing',
    session,
    organizationId: organization.id,
    organizationName: member.organization_name,
    memberId,
    person: Object.freeze({ name: member.name, email: member.email }),
    set,
    organization: handle,
  })
}

function handleOf(tenancy: Tenancy, id: OrganizationId | string): Organization {
  try {
    return tenancy.organization(id)
  } catch (cause) {
    throw refuse.no_organization({ cause })
  }
}
