import { z } from 'zod'
import { refuse } from '../errors.ts'
import { apiRoute } from '../http/api-route.ts'
import { email, id, input, line, phone, withId } from '../http/inputs.ts'
import { byName } from '../http/paging.ts'
import type { Route } from '../http/route.ts'
import { changeContact, createContact, deleteContact, getContact, listContacts } from './store.ts'

const contact = z.strictObject({
  name: line(200),
  email,
  phone: phone.nullable().default(null),
  merchant_id: id.nullable().default(null),
})

const list = apiRoute({
  method: 'GET',
  path: '/api/v1/contacts',
  permission: 'contact.read',
  input: input.extend({ query: byName }),
  async answer({ organization, pick, input: { query } }) {
    const { items, next } = await listContacts(organization, query)
    return { body: { items: items.map(item => pick('contact', item)), next } }
  },
})

const create = apiRoute({
  method: 'POST',
  path: '/api/v1/contacts',
  permission: 'contact.write',
  input: input.extend({ body: contact }),
  async answer({ organization, pick, input: { body } }) {
    const made = await createContact(organization, body)
    if (made === undefined) throw refuse.unknown_reference({ detail: 'merchant_id' })
    const found = await getContact(organization, made)
    return found && { status: 201, body: pick('contact', found) }
  },
})

const get = apiRoute({
  method: 'GET',
  path: '/api/v1/contacts/:id',
  permission: 'contact.read',
  input: withId,
  async answer({ organization, pick, input: { params } }) {
    const found = await getContact(organization, params.id)
    return found && { body: pick('contact', found) }
  },
})

const update = apiRoute({
  method: 'PATCH',
  path: '/api/v1/contacts/:id',
  permission: 'contact.write',
  input: withId.extend({
    body: z.strictObject({
      name: line(200).optional(),
      email: email.optional(),
      phone: phone.nullable().optional(),
      merchant_id: id.nullable().optional(),
    }),
  }),
  async answer({ organization, pick, input: { params, body } }) {
    const changed = await changeContact(organization, params.id, body)
    const found = await getContact(organization, params.id)
    if (found !== undefined && !changed) throw refuse.unknown_reference({ detail: 'merchant_id' })
    return found && { body: pick('contact', found) }
  },
})

const remove = apiRoute({
  method: 'DELETE',
  path: '/api/v1/contacts/:id',
  permission: 'contact.delete',
  input: withId,
  async answer({ organization, input: { params } }) {
    const outcome = await deleteContact(organization, params.id)
    if (outcome === 'in_use') throw refuse.contact_in_use()
    return outcome === 'deleted' ? { body: { id: params.id, deleted: true } } : undefined
  },
})

export const contactApi: readonly Route[] = [list, create, get, update, remove]
