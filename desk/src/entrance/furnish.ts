import type { Credentials, Furnishing, Organization } from 'upheld'
import { newKey } from '../access/api-keys.ts'
import { newLink } from '../access/links.ts'
import { type Role, roles, scopes } from '../access/permissions.ts'
import { formToken, readCredential } from '../access/secrets.ts'
import { redeemLink } from '../access/sessions.ts'
import { connect } from '../integrations/store.ts'
import { bareKeyRole, keyRole } from './declared.ts'

/** A small account with one of everything, two where a list has to go on, and a way in for everybody. */
export async function furnish(organization: Organization, mark: string): Promise<Furnishing> {
  const { ids, people } = await fill(organization, mark)
  const inSession = async (role: Role): Promise<[string, Credentials]> => {
    const link = await newLink(organization, people[role])
    const token = await redeemLink({ organization: () => organization }, secretIn(link))
    const secret = readCredential(token ?? '')?.secret ?? ''
    // Whether the desk is reached over https or not.
    const headers = { cookie: `desk=${token ?? ''}; __Host-desk=${token ?? ''}` }
    return [role, { headers, fields: { form_token: formToken(secret) } }]
  }
  const withKey = async (role: string, some: typeof scopes | []): Promise<[string, Credentials]> => {
    const key = await newKey(organization, { name: `${mark} ${role}`, scopes: some, createdBy: people.owner })
    return [role, { headers: { authorization: `Bearer ${key}` } }]
  }
  const entries: [string, Credentials][] = []
  for (const role of roles) entries.push(await inSession(role))
  entries.push(await withKey(keyRole, scopes), await withKey(bareKeyRole, []))
  const link = secretIn(await newLink(organization, people.owner))
  return { ids, secrets: { link }, roles: Object.fromEntries(entries) }
}

function secretIn(link: string | undefined): string {
  return link?.split('/').pop() ?? ''
}

interface Filled {
  readonly ids: Readonly<Record<string, string>>
  readonly people: Readonly<Record<Role, string>>
}

async function fill(organization: Organization, mark: string): Promise<Filled> {
  const { id } = organization
  return organization.transaction(async ({ sql }) => {
    await sql`
      insert into desk.account (organization_id, name, slug, plan) values (${id}, ${mark}, ${mark}, 'team')`
    const members = await sql<{ id: string; role: Role }>`
      insert into desk.member (organization_id, name, email, role)
      select ${id}::uuid, ${mark} || ' ' || n, ${mark} || n || '@post.example', role
      from unnest(array['owner', 'admin', 'agent', 'agent']) with ordinality as one (role, n)
      order by n returning id, role`
    const [owner = '', admin = '', agent = '', colleague = ''] = members.map(member => member.id)
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
    const [key = ''] = idsOf(
      await sql<{ id: string }>`
      insert into desk.api_key (organization_id, name, secret_hash, scopes, created_by)
      values (${id}, ${mark}, decode(md5(${mark}) || md5(${mark}), 'hex'), '{}', ${owner}) returning id`,
    )
    const connected = (label: string): Promise<string | undefined> => {
      const given = { merchantId: merchant, label, credential: `${mark}-${label}`, connectedBy: owner }
      return connect({ id, sql }, { ...given, service: 'shopify' })
    }
    const [integration = '', idleIntegration = ''] = [await connected('one'), await connected('two')]
    const ids = {
      conversation,
      attachment,
      contact,
      'idle contact': idle,
      merchant,
      member: agent,
      colleague,
      key,
      integration,
      'idle integration': idleIntegration,
    }
    return { ids, people: { owner, admin, agent } }
  })
}

function idsOf(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(row => row.id)
}
