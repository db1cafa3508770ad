import type { Organization } from 'upheld'
import type { Status } from '../inbox/store.ts'

/** A conversation as its visitor sees it: who answered has no name there. */
interface WidgetConversation {
  readonly id: string
  readonly subject: string
  readonly status: Status
  readonly messages: readonly WidgetMessage[]
}

interface WidgetMessage {
  readonly from: 'you' | 'us'
  readonly body: string
  readonly created_at: Date
}

interface FirstWords {
  readonly name: string
  readonly email: string
  readonly subject: string
  readonly body: string
}

/** The id of the new conversation. A visitor is one contact of the account, whatever name they give this time. */
export async function beginAsVisitor(
  organization: Organization,
  visitor: string,
  { name, email, subject, body }: FirstWords,
): Promise<string | undefined> {
  const [row] = await organization.sql<{ id: string }>`
    with contact as (
      insert into desk.contact (organization_id, name, email, visitor)
      values (${organization.id}, ${name}, ${email}, ${visitor})
      on conflict (organization_id, visitor) do update set name = excluded.name, email = excluded.email
      returning organization_id, id
    ), conversation as (
      insert into desk.conversation (organization_id, subject, contact_id)
      select organization_id, ${subject}, id from contact
      returning organization_id, id
    )
    insert into desk.message (organization_id, conversation_id, author_kind, body)
    select organization_id, id, 'contact', ${body} from conversation
    returning conversation_id as id`
  return row?.id
}

/** Undefined for one of another visitor as for one that is not there. The newest 100 messages, oldest first. */
export async function readAsVisitor(
  organization: Organization,
  visitor: string,
  id: string,
): Promise<WidgetConversation | undefined> {
  const [found] = await organization.sql<Omit<WidgetConversation, 'messages'>>`
    select conversation.id, conversation.subject, conversation.status from desk.conversation
    join desk.contact
      on contact.organization_id = conversation.organization_id and contact.id = conversation.contact_id
    where conversation.id = ${id} and contact.visitor = ${visitor}`
  if (found === undefined) return undefined
  const messages = await organization.sql<WidgetMessage>`
    select case author_kind when 'contact' then 'you' else 'us' end as "from", body, created_at
    from desk.message where conversation_id = ${found.id}
    order by message.created_at desc, message.id desc limit 100`
  return { ...found, messages: messages.reverse() }
}
