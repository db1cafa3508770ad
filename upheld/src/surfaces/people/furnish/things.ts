import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { assert } from '../../../core/errors.ts'
import type { Clock } from '../../../core/clock.ts'
import type { OrganizationId } from '../../../core/ids.ts'
import { agreeAsPeer, askForSupport } from '../../../guards/support/index.ts'
import type { Credentials } from '../../../routes.ts'
import type { PeopleParts } from '../ports.ts'

interface ThingPorts {
  readonly people: PeopleParts
  readonly clock: Clock
  readonly organizationId: OrganizationId
  readonly mark: string
  readonly owner: { readonly memberId: string; readonly token: string }
  readonly colleagueId: string
  /** Two of the operator: one who asked, and one who agreed. */
  readonly staffIds: readonly [string, string]
}

interface Things {
  readonly ids: Readonly<Record<string, string>>
  /** Of a directory of this organization. */
  readonly directory: Credentials
}

const dayMs = 86_400_000

/** One of everything that the pages of an organization are about: each is one that nobody needs. */
export async function furnishThings(ports: ThingPorts): Promise<Things> {
  const { people, organizationId: id, owner } = ports
  const by = { memberId: owner.memberId }
  const entry = await people.identity.enter(owner.token, id)
  assert(entry.needs === 'nothing', 'the owner of a furnished organization comes in')
  const email = `${randomUUID()}@${id.replaceAll('-', '')}.invalid`
  const invitation = await people.identity.invite(entry, { email, roles: ['agent'] })
  const { id: review } = await people.reviews.begin(id, by)
  const { ids, directory } = await directoryIn(ports)
  const domain = `${id.replaceAll('-', '')}.example`
  await people.domains.add(people.members.organization(id), owner.memberId, domain)
  await people.origins.add(id, by, 'https://www.example.com')
  return {
    ids: {
      invitation,
      domain,
      review,
      override: await exceptionIn(ports),
      'api-key': await keyIn(ports),
      'support-request': await requestIn(ports),
      'sso-connection': await connectionIn(ports),
      ...ids,
    },
    directory,
  }
}

async function exceptionIn({ people, clock, organizationId, owner, colleagueId }: ThingPorts): Promise<string> {
  const expiresAt = new Date(clock.now().getTime() + 30 * dayMs)
  const [made] = await people.roles.addOverrides(people.members.organization(organizationId), owner, [
    {
      memberId: colleagueId,
      permission: 'organization.members.read',
      effect: 'allow',
      reason: 'for a probe',
      expiresAt,
      reviewAt: expiresAt,
    },
  ])
  return made ?? ''
}

async function keyIn({ people, organizationId, owner, mark }: ThingPorts): Promise<string> {
  const { access } = people
  const scopes = Object.keys(access.permissions).filter(name => access.permissions[name]?.keys === true)
  // Where keys may do nothing at all there are none.
  if (scopes.length === 0) return randomUUID()
  return (await people.keys.create(organizationId, owner, { name: mark, scopes: scopes.slice(0, 1), days: 1 })).id
}

/** One that the organization is asked about now. */
async function requestIn({ people, clock, organizationId, staffIds, mark }: ThingPorts): Promise<string> {
  const [asking, peer] = staffIds.map(personId => ({ personId, methods: ['passkey'], provenAt: clock.now() }))
  assert(asking !== undefined && peer !== undefined, 'two of the operator')
  const permissions = [...people.support.grantable].slice(0, 1)
  if (permissions.length === 0) return randomUUID()
  const asked = { caseId: mark.slice(0, 40), reason: 'Somebody asked for help.', permissions }
  const { id } = await askForSupport(people.support, asking, organizationId, asked)
  await agreeAsPeer(people.support, peer, organizationId, id)
  return id
}

/** A provider that was never called: its secret is no secret, and opens for nobody. */
async function connectionIn({ people, clock, organizationId, owner, mark }: ThingPorts): Promise<string> {
  const id = randomUUID()
  const secret = Buffer.concat([Buffer.from([1, 0, 0, 1]), randomBytes(96)])
  await people.members
    .organization(organizationId)
    .as({ type: 'operator', id: 'furnish', purpose: 'probe' })
    .query(
      `insert into upheld_access.sso_connection
       (organization_id, id, name, issuer, client_id, client_secret, client_method, second_factor, provision, roles, created_by, created_at)
     values ($1, $2, $3, 'https://provider.invalid', 'probe', $4, 'client_secret_basic', '{}', false, '{}', $5, $6)`,
      [organizationId, id, mark, secret, owner.memberId, clock.now()],
    )
  return id
}

const made = z.object({ id: z.string() })

async function directoryIn({
  people,
  organizationId,
  owner,
  mark,
}: ThingPorts): Promise<{ readonly ids: Readonly<Record<string, string>>; readonly directory: Credentials }> {
  const organization = people.members.organization(organizationId)
  const { token } = await people.scim.issue(organization, owner.memberId, { name: `${mark} directory` })
  const spare = await people.scim.issue(organization, owner.memberId, { name: `${mark} spare` })
  const send = async (below: string, body: object): Promise<string> => {
    const answer = await people.scim.handle(
      new Request(`https://directory.invalid/scim/v2/${below}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
        body: JSON.stringify(body),
      }),
    )
    return made.parse(await answer.json()).id
  }
  const core = 'urn:ietf:params:scim:schemas:core:2.0'
  const userName = `directory@${organizationId.replaceAll('-', '')}.invalid`
  const user = await send('Users', { schemas: [`${core}:User`], userName, displayName: mark, active: true })
  const group = await send('Groups', { schemas: [`${core}:Group`], displayName: mark, members: [{ value: user }] })
  return {
    ids: { 'scim-user': user, 'scim-group': group, 'scim-token': spare.id },
    directory: { headers: { authorization: `Bearer ${token}` } },
  }
}
