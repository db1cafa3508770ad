import { randomUUID } from 'node:crypto'
import type { LinkedObjects, Organization } from 'upheld'
import type { SentFile } from '../http/multipart.ts'

export interface Attachment {
  readonly id: string
  readonly conversation_id: string
  readonly name: string
  readonly content_type: string
  /** As text: Postgres counts further than JavaScript. */
  readonly bytes: string
  readonly object_version: string
  readonly created_at: Date
}

export const fileBytesMax = 10 * 1024 * 1024
const linkSecs = 300

export async function listAttachments(organization: Organization, conversationId: string): Promise<Attachment[]> {
  return organization.sql<Attachment>`
    select id, conversation_id, name, content_type, bytes::text, object_version, created_at
    from desk.attachment where conversation_id = ${conversationId} order by created_at, id limit 200`
}

/** The id of the new attachment; undefined if there is no such conversation. The object comes first: a row without one would be a broken promise. */
export async function attach(
  organization: Organization,
  objects: LinkedObjects,
  given: { readonly conversationId: string; readonly memberId: string; readonly file: SentFile },
): Promise<string | undefined> {
  const { conversationId, memberId, file } = given
  const there = await organization.sql`select from desk.conversation where id = ${conversationId}`
  if (there.length === 0) return undefined
  const id = randomUUID()
  const name = objectOf(id)
  const { length, version } = await objects.put(name, file.bytes, {
    contentType: file.contentType,
    bytesMax: fileBytesMax,
  })
  try {
    const [row] = await organization.sql<{ id: string }>`
      insert into desk.attachment
        (organization_id, id, conversation_id, member_id, name, content_type, bytes, object_version)
      select organization_id, ${id}::uuid, id, ${memberId}::uuid, ${file.name}, ${file.contentType}, ${length}, ${version}
      from desk.conversation where id = ${conversationId}
      returning id`
    if (row === undefined) await objects.remove(name)
    return row?.id
  } catch (thrown) {
    await objects.remove(name)
    throw thrown
  }
}

/** A path that gives this file to whoever holds it, for five minutes; undefined if there is no such attachment. */
export async function linkTo(
  organization: Organization,
  objects: LinkedObjects,
  id: string,
): Promise<string | undefined> {
  const [row] = await organization.sql<Pick<Attachment, 'name' | 'object_version'>>`
    select name, object_version from desk.attachment where id = ${id}`
  if (row === undefined) return undefined
  return objects.link(objectOf(id), { lastsSecs: linkSecs, fileName: row.name, version: row.object_version })
}

function objectOf(id: string): string {
  return `attachments/${id}`
}
