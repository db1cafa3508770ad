import { randomBytes } from 'node:crypto'
import type { Organization, Sql } from 'upheld'
import { writeNote } from '../src/contacts/store.ts'
import { connect } from '../src/integrations/store.ts'
import type { Invented } from './invent.ts'
import type { House } from './names.ts'
import { dayMs, seedNowMs } from './time.ts'

const rowsPerStatement = 1000

/** What one organization has besides its people, whole or not at all. `ids` are those of members in Upheld. */
export async function fill(
  organization: Organization,
  house: House,
  invented: Invented,
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  const { merchants, revenue, contacts } = invented
  const { id } = organization
  const members = invented.members.map(member => ({ ...member, id: ids.get(member.id) }))
  const conversations = invented.conversations.map(one => ({
    ...one,
    assigned_member_id: ids.get(one.assigned_member_id ?? ''),
  }))
  const messages = invented.messages.map(one => ({ ...one, author_member_id: ids.get(one.author_member_id ?? '') }))
  await organization.transaction(async ({ sql }) => {
    await sql`
      insert into desk.account (organization_id, name, slug, plan, created_at)
      values (${id}, ${house.name}, ${house.slug}, ${house.plan}, to_timestamp(${(seedNowMs - 1000 * dayMs) / 1000}))`
    await sql`
      insert into desk.member (organization_id, id, name, created_at)
      select ${id}::uuid, id, name, to_timestamp(at / 1000)
      from jsonb_to_recordset(${json(members)}::jsonb) as row (id uuid, name text, at float8)`
    await sql`
      insert into desk.merchant (organization_id, id, name, website, currency, created_at)
      select ${id}::uuid, id, name, website, currency, to_timestamp(at / 1000)
      from jsonb_to_recordset(${json(merchants)}::jsonb)
        as row (id uuid, name text, website text, currency text, at float8)`
    await sql`
      insert into desk.merchant_revenue (organization_id, merchant_id, month, orders, revenue_minor)
      select ${id}::uuid, merchant_id, month, orders, revenue_minor
      from jsonb_to_recordset(${json(revenue)}::jsonb)
        as row (merchant_id uuid, month date, orders integer, revenue_minor bigint)`
    await sql`
      insert into desk.contact (organization_id, id, merchant_id, name, email, phone, created_at)
      select ${id}::uuid, id, merchant_id, name, email, phone, to_timestamp(at / 1000)
      from jsonb_to_recordset(${json(contacts)}::jsonb)
        as row (id uuid, merchant_id uuid, name text, email text, phone text, at float8)`
    await connectShops({ id, sql }, invented, members[0]?.id ?? '')
    for (const some of portions(conversations)) await insertConversations(sql, id, json(some))
    for (const some of portions(messages)) await insertMessages(sql, id, json(some))
  })
}

/** Two shops that the desk reads, with tokens that open nothing, and a note on the first contact. */
async function connectShops(
  organization: Pick<Organization, 'id' | 'sql'>,
  { merchants, contacts: [first] }: Invented,
  ownerId: string,
): Promise<void> {
  for (const [n, shop] of merchants.slice(0, 2).entries()) {
    await connect(organization, {
      merchantId: shop.id,
      service: n === 0 ? 'shopify' : 'woocommerce',
      label: shop.name,
      credential: `shpat_${randomBytes(16).toString('hex')}`,
      connectedBy: ownerId,
    })
  }
  if (first !== undefined) await writeNote(organization, first.id, 'Prefers to be called in the afternoon.')
}

async function insertConversations(sql: Sql, organizationId: string, rows: string): Promise<void> {
  await sql`
    insert into desk.conversation (
      organization_id, id, subject, status, contact_id, merchant_id, assigned_member_id, created_at, last_message_at
    )
    select
      ${organizationId}::uuid, id, subject, status, contact_id, merchant_id, assigned_member_id,
      to_timestamp(at / 1000), to_timestamp(last_at / 1000)
    from jsonb_to_recordset(${rows}::jsonb) as row (
      id uuid, subject text, status text, contact_id uuid, merchant_id uuid, assigned_member_id uuid, at float8, last_at float8
    )`
}

async function insertMessages(sql: Sql, organizationId: string, rows: string): Promise<void> {
  await sql`
    insert into desk.message (organization_id, id, conversation_id, author_kind, author_member_id, body, created_at)
    select ${organizationId}::uuid, id, conversation_id, author_kind, author_member_id, body, to_timestamp(at / 1000)
    from jsonb_to_recordset(${rows}::jsonb) as row (
      id uuid, conversation_id uuid, author_kind text, author_member_id uuid, body text, at float8
    )`
}

function json(rows: readonly object[]): string {
  return JSON.stringify(rows)
}

function portions<T>(rows: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(rows.length / rowsPerStatement) }, (_, n) =>
    rows.slice(n * rowsPerStatement, (n + 1) * rowsPerStatement),
  )
}
