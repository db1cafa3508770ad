import { sealed, type Organization, type Sealed } from 'upheld'
import { type Page, page, type Position } from '../http/paging.ts'

export interface Contact {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly phone: string | null
  readonly merchant_id: string | null
  readonly merchant_name: string | null
  /** Who they are in the widget, when they write from there. */
  readonly visitor: string | null
  readonly created_at: Date
}

interface ContactFields {
  readonly name: string
  readonly email: string
  readonly phone: string | null
  readonly merchant_id: string | null
}

type ContactChange = { readonly [K in keyof ContactFields]?: ContactFields[K] | undefined }

export async function listContacts(
  organization: Organization,
  { limit, after: [name, id] }: { readonly limit: number; readonly after: Position },
): Promise<Page<Contact>> {
  const rows = await organization.sql<Contact>`
    select
      contact.id, contact.name, contact.email, contact.phone, contact.merchant_id,
      merchant.name as merchant_name, contact.visitor, contact.created_at
    from desk.contact
    left join desk.merchant
      on merchant.organization_id = contact.organization_id and merchant.id = contact.merchant_id
    where (contact.name, contact.id) > (${name}, ${id}::uuid)
    order by contact.name, contact.id
    limit ${limit + 1}`
  return page(rows, limit, row => [row.name, row.id])
}

export async function getContact(organization: Organization, id: string): Promise<Contact | undefined> {
  const [row] = await organization.sql<Contact>`
    select
      contact.id, contact.name, contact.email, contact.phone, contact.merchant_id,
      merchant.name as merchant_name, contact.visitor, contact.created_at
    from desk.contact
    left join desk.merchant
      on merchant.organization_id = contact.organization_id and merchant.id = contact.merchant_id
    where contact.id = ${id}`
  return row
}

/** Undefined when the merchant that is named does not exist. */
export async function createContact(organization: Organization, fields: ContactFields): Promise<string | undefined> {
  const { name, email, phone, merchant_id: merchant } = fields
  const [row] = await organization.sql<{ id: string }>`
    insert into desk.contact (organization_id, name, email, phone, merchant_id)
    select ${organization.id}::uuid, ${name}, ${email}, ${phone}, ${merchant}::uuid
    where ${merchant}::uuid is null or exists (select from desk.merchant where merchant.id = ${merchant}::uuid)
    returning id`
  return row?.id
}

/** Changes what is named and keeps the rest. False when the contact, or the merchant that is named, does not exist. */
export async function changeContact(
  organization: Organization,
  id: string,
  { name, email, phone, merchant_id: merchant }: ContactChange,
): Promise<boolean> {
  const changed = await organization.sql`
    update desk.contact
    set
      name = coalesce(${name ?? null}, name),
      email = coalesce(${email ?? null}, email),
      phone = case when ${phone === undefined} then phone else ${phone ?? null} end,
      merchant_id = case when ${merchant === undefined} then merchant_id else ${merchant ?? null}::uuid end
    where id = ${id}
      and (${merchant ?? null}::uuid is null or exists (select from desk.merchant where merchant.id = ${merchant ?? null}::uuid))
    returning id`
  return changed.length === 1
}

/** A contact with conversations stays: what was said keeps its author. */
export async function deleteContact(organization: Organization, id: string): Promise<'deleted' | 'in_use' | 'absent'> {
  return organization.transaction(async ({ sql }) => {
    // The lock keeps a conversation from beginning between the question and the deletion.
    const [contact] = await sql`select id from desk.contact where id = ${id} for update`
    if (contact === undefined) return 'absent'
    const spoken = await sql`select id from desk.conversation where contact_id = ${id} limit 1`
    if (spoken.length > 0) return 'in_use'
    await sql`delete from desk.contact where id = ${id}`
    return 'deleted'
  })
}

/** The label of the sealed column, for whoever may open it. */
export const noteLabel = 'desk.contact.private_note'

/** Sealed for this contact, under a key of the contact's own. No key is made for somebody who is not there. */
export async function writeNote(organization: Pick<Organization, 'sql'>, id: string, note: string): Promise<boolean> {
  const there = await organization.sql`select 1 as one from desk.contact where id = ${id}`
  if (there.length === 0) return false
  const place = { table: 'desk.contact', column: 'private_note', row: id, subject: id }
  const changed = await organization.sql`
    update desk.contact set private_note = ${sealed(place, note)} where id = ${id} returning id`
  return changed.length === 1
}

/** In clear, for an actor who may open it. That it was opened stands in the audit log. */
export async function readNote(
  organization: Organization,
  id: string,
): Promise<{ readonly name: string; readonly note: string | undefined } | undefined> {
  const rows = await organization.sql<{ id: string; name: string; private_note: Sealed | null }>`
    select id, name, private_note from desk.contact where id = ${id}`
  const [row] = await organization.open(rows)
  return row && { name: row.name, note: row.private_note?.reveal() }
}
