import { z } from 'zod'
import { apiRoute } from '../http/api-route.ts'
import { id, input, line, paragraphs, withId } from '../http/inputs.ts'
import { newestFirst, oldestFirst } from '../http/paging.ts'
import type { Route } from '../http/route.ts'
import {
  changeConversation,
  getConversation,
  listConversations,
  listMessages,
  openConversation,
  postMessage,
  statuses,
} from './store.ts'
import { refuse } from '../errors.ts'
import { isMember } from '../people/store.ts'

const status = z.enum(statuses)

const list = apiRoute({
  method: 'GET',
  path: '/api/v1/conversations',
  permission: 'conversation.read',
  input: input.extend({
    query: newestFirst.extend({ status: status.optional(), assigned_to: id.optional(), contact: id.optional() }),
  }),
  answer: async ({ organization, input: { query } }) => ({ body: await listConversations(organization, query) }),
})

const create = apiRoute({
  method: 'POST',
  path: '/api/v1/conversations',
  permission: 'conversation.write',
  input: input.extend({ body: z.strictObject({ contact_id: id, subject: line(200), body: paragraphs(10_000) }) }),
  async answer({ organization, input: { body } }) {
    const made = await openConversation(organization, body)
    if (made === undefined) throw refuse.unknown_reference({ detail: 'contact_id' })
    const conversation = await getConversation(organization, made)
    return conversation && { status: 201, body: conversation }
  },
})

const get = apiRoute({
  method: 'GET',
  path: '/api/v1/conversations/:id',
  permission: 'conversation.read',
  input: withId,
  async answer({ organization, input: { params } }) {
    const conversation = await getConversation(organization, params.id)
    return conversation && { body: conversation }
  },
})

const update = apiRoute({
  method: 'PATCH',
  path: '/api/v1/conversations/:id',
  permission: 'conversation.write',
  input: withId.extend({
    body: z.strictObject({ status: status.optional(), assigned_member_id: id.nullable().optional() }),
  }),
  async answer({ organization, people, input: { params, body } }) {
    const { assigned_member_id: member } = body
    const known = member == null || (await isMember(people, organization, member))
    const changed = known && (await changeConversation(organization, params.id, body))
    const conversation = await getConversation(organization, params.id)
    if (conversation !== undefined && !changed) throw refuse.unknown_reference({ detail: 'assigned_member_id' })
    return conversation && { body: conversation }
  },
})

const messages = apiRoute({
  method: 'GET',
  path: '/api/v1/conversations/:id/messages',
  permission: 'conversation.read',
  input: withId.extend({ query: oldestFirst }),
  async answer({ organization, input: { params, query } }) {
    const found = await listMessages(organization, params.id, query)
    return found && { body: found }
  },
})

const post = apiRoute({
  method: 'POST',
  path: '/api/v1/conversations/:id/messages',
  permission: 'conversation.reply',
  // Without a member it is the contact who speaks.
  input: withId.extend({ body: z.strictObject({ body: paragraphs(10_000), member_id: id.optional() }) }),
  async answer({ organization, people, input: { params, body } }) {
    const { member_id: member } = body
    const known = member === undefined || (await isMember(people, organization, member))
    const posted = known ? await postMessage(organization, params.id, body) : undefined
    if (posted !== undefined) return { status: 201, body: posted }
    const conversation = await getConversation(organization, params.id)
    if (conversation === undefined) return undefined
    throw refuse.unknown_reference({ detail: 'member_id' })
  },
})

export const inboxApi: readonly Route[] = [list, create, get, update, messages, post]
