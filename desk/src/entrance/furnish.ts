import type { Credentials, FurnishedPeople, Furnishing, Organization } from 'upheld'
import { scopes } from '../access/permissions.ts'
import { refuse } from '../errors.ts'
import { connect } from '../integrations/store.ts'
import { keepProfile } from '../people/store.ts'
import { beginAsVisitor } from '../widget/store.ts'
import { bareKeyRole, keyRole, visitorRole } from './declared.ts'

/**
 * A small account with one of everything, two where a list has to go on. Its members are there already, each with a session;
 * what is added are the ways in that are no sessions: keys, and a visitor.
 * @throws desk.no_people
 */
export async function furnish(organization: Organization, mark: string, given?: FurnishedPeople): Promise<Furnishing> {
  if (given === undefined) throw refuse.no_people()
  const ids = await fill(organization, mark, given)
  const keys = await keysIn(organization, mark, given)
  const visitor = await visitorIn(organization, mark, given)
  return {
    ids: { ...ids, 'widget conversation': visitor.conversation },
    roles: { ...keys, [visitorRole]: visitor.credentials },
  }
}

/** A key with everything that keys can be given, and one that has lost it all together with its maker. */
async function keysIn(
  { id }: Organization,
  mark: string,
  { people, members }: FurnishedPeople,
): Promise<Record<string, Credentials>> {
  const owner = { memberId: memberIn(members, 'owner') }
  const given = { organizationId: id, email: `maker@${id.replaceAll('-', '')}.invalid`, name: `${mark} maker` }
  const maker = await people.identity.importMember({ ...given, roles: ['admin'] })
  const full = await people.keys.create(id, owner, { name: `${mark} key`, scopes, days: 1 })
  const bare = await people.keys.create(id, maker, { name: `${mark} bare`, scopes: ['contact.read'], days: 1 })
  await people.roles.changeRoles(people.members.organization(id), owner, [{ memberId: maker.memberId, roles: [] }])
  const bearer = (key: string): Credentials => ({ headers: { authorization: `Bearer ${key}` } })
  return { [keyRole]: bearer(full.key), [bareKeyRole]: bearer(bare.key) }
}

/** Somebody on a page of this account, with a conversation of their own. */
async function visitorIn(
  organization: Organization,
  mark: string,
  { people, members }: FurnishedPeople,
): Promise<{ readonly credentials: Credentials; readonly conversation: string }> {
  if (people.visitors === undefined) throw refuse.no_people()
  const origin = `https://${mark}.example`
  await people.origins.add(organization.id, { memberId: memberIn(members, 'owner') }, origin)
  const { token } = await people.visitors.begin(organization.id, origin)
  const authorization = `Bearer ${token}`
  const visitor = await people.visitors.verify({ authorization, origin }, 'widget.write')
  if (visitor.let === 'out') throw visitor.refusal
  const words = { name: mark, email: `${mark}.visitor@post.example`, subject: mark, body: mark }
  const conversation = (await beginAsVisitor(visitor.organization, visitor.id, words)) ?? ''
  return { credentials: { headers: { authorization, origin } }, conversation }
}

async function fill(
  organization: Organization,
  mark: string,
  { members }: FurnishedPeople,
): Promise<Readonly<Record<string, string>>> {
  const { id } = organization
  const [owner, agent] = [memberIn(members, 'owner'), memberIn(members, 'agent')]
  // Written already, so that whoever comes for the first time during an attack changes nothing by coming.
  for (const [role, { memberId }] of Object.entries(members))
    await keepProfile(organization, { id: memberId, name: `${mark} ${role}` })
  return organization.transaction(async ({ sql }) => {
    await sql`
      insert into desk.account (organization_id, name, slug, plan) values (${id}, ${mark}, ${mark}, 'team')`
    const [merchant = ''] = idsOf(
      await sql<{ id: string }>`
      insert into desk.merchant (organization_id, name, website, currency)
      select ${id}::uuid, ${mark} || ' ' || n, ${mark} || '.example', 'EUR' from generate_series(1, 2) as n
      returning id`,
    )
    await sql`
      insert into desk.merchant_revenue (organization_id, merchant_id, month, orders, revenue_minor)
      values (${id}, ${merchant}, date_trunc('month', now())::date, 3, 4200)`
    const [contact = '', idle = ''] = idsOf(
      await sql<{ id: string }>`
      insert into desk.contact (organization_id, merchant_id, name, email)
      select ${id}::uuid, ${merchant}::uuid, ${mark} || ' ' || n, ${mark} || n || '@post.example'
      from generate_series(1, 2) as n order by n returning id`,
    )
    const [conversation = '', other = ''] = idsOf(
      await sql<{ id: string }>`
      insert into desk.conversation (organization_id, subject, contact_id, merchant_id, assigned_member_id)
      select ${id}::uuid, ${mark}, ${contact}::uuid, ${merchant}::uuid, ${agent}::uuid from generate_series(1, 2)
      returning id`,
    )
    await sql`
      insert into desk.message (organization_id, conversation_id, author_kind, body)
      select ${id}::uuid, one, 'contact', ${mark} from unnest(array[${conversation}, ${conversation}, ${other}]::uuid[]) as one`
    // The row alone: its bytes are no row, and nobody gets further than to a link that opens nothing.
    const [attachment = ''] = idsOf(
      await sql<{ id: string }>`
      insert into desk.attachment
        (organization_id, id, conversation_id, member_id, name, content_type, bytes, object_version)
      values
        (${id}, gen_random_uuid(), ${conversation}, ${agent}, ${mark} || '.txt', 'text/plain', 2, repeat('0', 32))
      returning id`,
    )
    const connected = (label: string): Promise<string | undefined> => {
      const given = { merchantId: merchant, label, credential: `${mark}-${label}`, connectedBy: owner }
      return connect({ id, sql }, { ...given, service: 'shopify' })
    }
    const [integration = '', idleIntegration = ''] = [await connected('one'), await connected('two')]
    return {
      conversation,
      attachment,
      contact,
      'idle contact': idle,
      merchant,
      integration,
      'idle integration': idleIntegration,
    }
  })
}

function memberIn(members: FurnishedPeople['members'], role: string): string {
  return members[role]?.memberId ?? ''
}

function idsOf(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(row => row.id)
}
