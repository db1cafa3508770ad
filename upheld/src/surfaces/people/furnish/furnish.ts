import { randomBytes } from 'node:crypto'
import type { Clock } from '../../../core/clock.ts'
import { assert } from '../../../core/errors.ts'
import type { OrganizationId } from '../../../core/ids.ts'
import type { Database } from '../../../core/ports.ts'
import { hashOfToken } from '../../../guards/identity/index.ts'
import { addStaff } from '../../../guards/support/index.ts'
import type { Credentials, Furnishing } from '../../../routes.ts'
import type { PeopleParts } from '../ports.ts'
import { formTokenOf } from '../reading.ts'
import { noRole } from '../routes.ts'
import { furnishThings } from './things.ts'

/** What was put into an organization for a probe. */
export interface FurnishedMembers {
  readonly members: Readonly<Record<string, { readonly memberId: string; readonly personId: string }>>
  readonly furnishing: Furnishing
}

export interface FurnishPorts {
  readonly people: PeopleParts
  /** The login of identity: sessions begin here without a proof, which a thief of that login could do as well. */
  readonly database: Database
  readonly clock: Clock
}

const sessionSecs = 3_600

/**
 * An empty organization gets a member for each role, one without any, and one whom nobody needs; a person of the operator
 * besides; each with a session. Their addresses are below `<organization>.invalid`.
 */
export async function furnishMembers(
  { people, database, clock }: FurnishPorts,
  organizationId: OrganizationId,
  mark: string,
): Promise<FurnishedMembers> {
  const domain = domainOf(organizationId)
  const { identity, access, support } = people
  await identity.nameOrganization(organizationId, mark)
  const members: Record<string, { memberId: string; personId: string }> = {}
  const roles: Record<string, Credentials> = {}
  const open = (personId: string): Promise<Opened> => openSession(database, personId, organizationId, clock)
  const names = ['owner', ...Object.keys(access.roles).filter(role => role !== 'owner'), noRole, 'colleague']
  const come = async (name: string): Promise<void> => {
    const given = name === noRole ? [] : [name === 'colleague' ? 'agent' : name]
    const email = `${name.replaceAll(' ', '-')}@${domain}`
    const made = await identity.importMember({ organizationId, email, name: `${mark} ${name}`, roles: given })
    members[name] = made
    if (name !== 'colleague') roles[name] = (await open(made.personId)).credentials
  }
  // Whoever comes first: they are told in the order of the definition all the same.
  await Promise.all(names.map(come))
  const operator = async (name: string): Promise<string> => {
    const personId = await identity.importPerson({ email: `${name}@${domain}`, name: `${mark} ${name}` })
    await addStaff(support, personId, 'furnish')
    return personId
  }
  const staffIds = [await operator('staff'), await operator('peer')] as const
  const [owner, colleague] = [idsOf(members, 'owner'), idsOf(members, 'colleague')]
  const { ids, directory } = await furnishThings({
    people,
    clock,
    organizationId,
    mark,
    owner: { memberId: owner.memberId, token: (await open(owner.personId)).token },
    colleagueId: colleague.memberId,
    staffIds,
  })
  return {
    members,
    furnishing: {
      ids: { ...ids, member: idsOf(members, 'agent').memberId, colleague: colleague.memberId },
      roles: { ...roles, directory },
      operator: (await open(staffIds[0])).credentials,
    },
  }
}

/** Where the addresses of everybody end who is put into this organization. */
export function domainOf(organizationId: string): string {
  return `${organizationId.replaceAll('-', '')}.invalid`
}

interface Opened {
  readonly token: string
  readonly credentials: Credentials
}

type Members = FurnishedMembers['members']

function idsOf(members: Members, name: string): Members[string] {
  const found = members[name]
  assert(found !== undefined, `there is a member ${name}`)
  return found
}

/** A session without a proof: a thief of the login of identity could do as much. */
export async function openSession(
  database: Database,
  personId: string,
  organizationId: string,
  clock: Clock,
): Promise<Opened> {
  const [token, now] = [randomBytes(32).toString('base64url'), clock.now()]
  await database.query(
    `insert into upheld_identity.session
       (person_id, token_hash, created_at, seen_at, expires_at, idle_secs, proven_at, methods, label, network)
     values ($1, $2, $3, $3, $4, $5, $3, '{passkey}', 'a probe', '127.0.0.0/24')`,
    [personId, hashOfToken(token), now, new Date(now.getTime() + sessionSecs * 1000), sessionSecs],
  )
  // Whether the pages are reached over https or not.
  const cookies = ['session', '__Host-session'].map(name => `${name}=${token}`)
  const places = ['organization', '__Host-organization'].map(name => `${name}=${organizationId}`)
  const headers = { cookie: [...cookies, ...places].join('; ') }
  return { token, credentials: { headers, fields: { form_token: formTokenOf(token) } } }
}
