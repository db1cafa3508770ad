import type { Organization } from 'upheld'
import { type Page, page, type Position } from '../http/paging.ts'

export const statuses = ['open', 'pending', 'closed'] as const
export type Status = (typeof statuses)[number]

export interface Conversation {
  readonly id: string
  readonly subject: string
  readonly status: Status
  readonly contact_id: string
  readonly contact_name: string
  readonly merchant_id: string | null
  readonly merchant_name: string | null
  readonly assigned_member_id: string | null
  readonly assigned_member_name: string | null
  readonly created_at: Date
  readonly last_message_at: Date
  readonly messages: number
}

export interface Message {
  readonly id: string
  readonly author_kind: 'contact' | 'member'
  readonly author_member_id: string | null
  readonly author_name: string
  readonly body: string
  readonly created_at: Date
}

interface InboxQuery {
  readonly limit: number
  readonly after: Position
  readonly status?: Status | undefined
  readonly assigned_to?: string | undefined
  readonly contact?: string | undefined
}

/** The newest first: what moved last stands on top. */
export async function listConversations(organization: Organization, query: InboxQuery): Promise<Page<Conversation>> {
  const [time, id] = query.after
  const rows = await organization.sql<Conversation>`
    select
      id, subject, status, contact_id, contact_name, merchant_id, merchant_name,
      assigned_member_id, assigned_member_name, created_at, last_message_at, messages
    from desk.inbox
    where (last_message_at, id) < (${time}::timestamptz, ${id}::uuid)
      and status = coalesce(${query.status ?? null}, status)
      and (${query.assigned_to ?? null}::uuid is null or assigned_member_id = ${query.assigned_to ?? null}::uuid)
      and contact_id = coalesce(${query.contact ?? null}::uuid, contact_id)
    order by last_message_at desc, id desc
    limit ${query.limit + 1}`
  return page(rows, query.limit, row => [row.last_message_at.toISOString(), row.id])
}

export async function countConversations(organization: Organization): Promise<Record<Status, number>> {
  const rows = await organization.sql<{ status: Status; conversations: number }>`
    select status, conversations from desk.inbox_count`
  const counts = { open: 0, pending: 0, closed: 0 }
  for (const { status, conversations } of rows) counts[status] = conversations
  return counts
}

export async function getConversation(organization: Organization, id: string): Promise<Conversation | undefined> {
  const [row] = await organization.sql<Conversation>`
    select
      id, subject, status, contact_id, contact_name, merchant_id, merchant_name,
      assigned_member_id, assigned_member_name, created_at, last_message_at, messages
    from desk.inbox
    where id = ${id}`
  return row
}

/** The id of the new conversation; undefined if there is no such contact. It belongs to the contact's merchant. */
export async function openConversation(
  organization: Organization,
  { contact_id, subject, body }: { readonly contact_id: string; readonly subject: string; readonly body: string },
): Promise<string | undefined> {
  const [row] = await organization.sql<{ id: string }>`
    with conversation as (
      insert into desk.conversation (organization_id, subject, contact_id, merchant_id)
      select organization_id, ${subject}, id, merchant_id from desk.contact where id = ${contact_id}
      returning organization_id, id
    )
    insert into desk.message (organization_id, conversation_id, author_kind, body)
    select organization_id, id, 'contact', ${body} from conversation
    returning conversation_id as id`
  return row?.id
}

interface ConversationChange {
  readonly status?: Status | undefined
  /** Null takes the conversation from whoever has it. */
  readonly assigned_member_id?: string | null | undefined
}

/** False when the conversation, or the member that it would go to, does not exist. */
export async function changeConversation(
  organization: Organization,
  id: string,
  { status, assigned_member_id: member }: ConversationChange,
): Promise<boolean> {
  const changed = await organization.sql`
    update desk.conversation
    set
      status = coalesce(${status ?? null}, status),
      assigned_member_id = case when ${member === undefined} then assigned_member_id else ${member ?? null}::uuid end
    where id = ${id}
      and (${member ?? null}::uuid is null or exists (select from desk.member where member.id = ${member ?? null}::uuid))
    returning id`
  return changed.length === 1
}

/** Oldest first, as a conversation is read. Undefined if there is no such conversation. */
export async function listMessages(
  organization: Organization,
  conversationId: string,
  { limit, after }: { readonly limit: number; readonly after: Position },
): Promise<Page<Message> | undefined> {
  const [time, id] = after
  // The outer join keeps one row for a conversation with no further message, which tells it from none at all.
  const rows = await organization.sql<Omit<Message, 'id'> & { id: string | null }>`
    select
      message.id, message.author_kind, message.author_member_id, message.body, message.created_at,
      coalesce(member.name, contact.name) as author_name
    from desk.conversation
    join desk.contact
      on contact.organization_id = conversation.organization_id and contact.id = conversation.contact_id
    left join desk.message
      on message.organization_id = conversation.organization_id and message.conversation_id = conversation.id
      and (message.created_at, message.id) > (${time}::timestamptz, ${id}::uuid)
    left join desk.member
      on member.organization_id = message.organization_id and member.id = message.author_member_id
    where conversation.id = ${conversationId}
    order by message.created_at, message.id
    limit ${limit + 1}`
  if (rows.length === 0) return undefined
  const messages = rows.flatMap(row => (row.id === null ? [] : [{ ...row, id: row.id }]))
  return page(messages, limit, row => [row.created_at.toISOString(), row.id])
}

/** What a contact writes opens the conversation again; what a member writes waits for the contact. */
export async function postMessage(
  organization: Organization,
  conversationId: string,
  { member_id: member, body }: { readonly member_id?: string | undefined; readonly body: string },
): Promise<{ readonly id: string; readonly created_at: Date } | undefined> {
  const [row] = await organization.sql<{ id: string; created_at: Date }>`
    with conversation as (
      update desk.conversation
      set
        last_message_at = greatest(last_message_at, now()),
        status = case when ${member ?? null}::uuid is null then 'open' else 'pending' end
      where id = ${conversationId}
        and (${member ?? null}::uuid is null or exists (select from desk.member where member.id = ${member ?? null}::uuid))
      returning organization_id, id
    )
    insert into desk.message (organization_id, conversation_id, author_kind, author_member_id, body)
    select
      organization_id, id, case when ${member ?? null}::uuid is null then 'contact' else 'member' end,
      ${member ?? null}::uuid, ${body}
    from conversation
    returning id, created_at`
  return row
}
