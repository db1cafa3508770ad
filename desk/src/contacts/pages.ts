import { html } from 'hono/html'
import { z } from 'zod'
import type { Session } from '../access/session.ts'
import { refuse } from '../errors.ts'
import { email, id, input, line, paragraphs, phone, withId } from '../http/inputs.ts'
import { form, type Html, moment, pager } from '../http/layout.ts'
import { pageRoute } from '../http/page-route.ts'
import { byName } from '../http/paging.ts'
import type { Route } from '../http/route.ts'
import { listMerchantNames } from '../merchants/store.ts'
import {
  changeContact,
  type Contact,
  createContact,
  getContact,
  listContacts,
  noteLabel,
  readNote,
  writeNote,
} from './store.ts'

// A form sends an empty text for what was left open.
const open = z.literal('').transform(() => null)
const fields = z.strictObject({ name: line(200), email, phone: open.or(phone), merchant_id: open.or(id) })

const list = pageRoute({
  method: 'GET',
  path: '/contacts',
  permission: 'contact.read',
  input: input.extend({ query: byName }),
  async answer({ session, input: { query }, url }) {
    const [found, merchants] = await Promise.all([
      listContacts(session.organization, query),
      listMerchantNames(session.organization),
    ])
    return {
      title: 'Contacts',
      body: html`<h1>Contacts</h1>
        <ul class="rows">
          ${found.items.map(row)}
        </ul>
        ${pager(url, found.next)}
        ${
          session.may('contact.write')
            ? html`<h2>A new contact</h2>
                ${form(session, '/contacts', contactFields(undefined, merchants))}`
            : ''
        }`,
    }
  },
})

const create = pageRoute({
  method: 'POST',
  path: '/contacts',
  permission: 'contact.write',
  input: input.extend({ body: fields }),
  async answer({ session, input: { body } }) {
    const made = await createContact(session.organization, body)
    if (made === undefined) throw refuse.unknown_reference({ detail: 'merchant_id' })
    return { redirect: `/contacts/${made}` }
  },
})

const contact = pageRoute({
  method: 'GET',
  path: '/contacts/:id',
  permission: 'contact.read',
  input: withId,
  async answer({ session, input: { params } }) {
    const [found, merchants] = await Promise.all([
      getContact(session.organization, params.id),
      listMerchantNames(session.organization),
    ])
    return (
      found && {
        title: found.name,
        body: html`<h1>${found.name}</h1>
          <p>With us since ${moment(found.created_at)}. <a href="/?contact=${found.id}">Conversations</a></p>
          ${
            session.may('contact.write')
              ? form(session, `/contacts/${found.id}`, contactFields(found, merchants))
              : facts(found)
          }
          ${session.may('note.read') ? noteForms(session, found) : ''}`,
      }
    )
  },
})

const change = pageRoute({
  method: 'POST',
  path: '/contacts/:id',
  permission: 'contact.write',
  input: withId.extend({ body: fields }),
  async answer({ session, input: { params, body } }) {
    const changed = await changeContact(session.organization, params.id, body)
    return changed ? { redirect: `/contacts/${params.id}` } : undefined
  },
})

const keepNote = pageRoute({
  method: 'POST',
  path: '/contacts/:id/note',
  permission: 'note.write',
  input: withId.extend({ body: z.strictObject({ note: paragraphs(4000) }) }),
  async answer({ session, input: { params, body } }) {
    const kept = await writeNote(session.organization, params.id, body.note)
    return kept ? { redirect: `/contacts/${params.id}` } : undefined
  },
})

const showNote = pageRoute({
  method: 'POST',
  path: '/contacts/:id/note/show',
  permission: 'note.read',
  input: withId,
  async answer({ session, input: { params } }) {
    const found = await readNote(session.acting({ opens: [noteLabel] }), params.id)
    return (
      found && {
        title: `Private note on ${found.name}`,
        body: html`<h1>Private note on ${found.name}</h1>
          <p>This is shown to you now; that you looked is in the activity log.</p>
          <p class="notice">${found.note ?? 'Nothing is noted.'}</p>
          <p><a href="/contacts/${params.id}">Back to ${found.name}</a></p>`,
      }
    )
  },
})

export const contactPages: readonly Route[] = [list, create, contact, change, keepNote, showNote]

function facts({ email, phone, merchant_name: merchant }: Contact): Html {
  return html`<dl class="facts">
    <dt>E-mail</dt>
    <dd>${email}</dd>
    <dt>Telephone</dt>
    <dd>${phone ?? 'none'}</dd>
    <dt>Merchant</dt>
    <dd>${merchant ?? 'none'}</dd>
  </dl>`
}

/** What only some may read, sealed under a key of the contact's own. */
function noteForms(session: Session, { id }: Contact): Html {
  return html`<h2>Private note</h2>
    ${form(
      session,
      `/contacts/${id}/note/show`,
      html`<div class="actions"><button class="button" type="submit">Show the note</button></div>`,
    )}
    ${form(
      session,
      `/contacts/${id}/note`,
      html`<div class="field">
          <label for="note">A new note in its place</label>
          <textarea id="note" name="note" rows="3" maxlength="4000" required></textarea>
        </div>
        <div class="actions"><button class="button" type="submit">Seal and keep</button></div>`,
    )}`
}

function row(item: Contact): Html {
  return html`<li>
    <a class="row" href="/contacts/${item.id}">
      <span class="title">${item.name}</span>
      <span class="meta">${item.email}</span>
      <span class="end">${item.merchant_name ?? ''}</span>
    </a>
  </li>`
}

function contactFields(item: Contact | undefined, merchants: readonly { id: string; name: string }[]): Html {
  const option = (value: string, name: string, selected: boolean) =>
    html`<option value="${value}" ${selected ? html`selected` : ''}>${name}</option>`
  return html`<div class="field">
      <label for="name">Name</label>
      <input id="name" name="name" maxlength="200" autocomplete="off" required value="${item?.name ?? ''}" />
    </div>
    <div class="field">
      <label for="email">E-mail</label>
      <input
        id="email"
        name="email"
        type="email"
        maxlength="254"
        autocomplete="off"
        required
        value="${item?.email ?? ''}"
      />
    </div>
    <div class="field">
      <label for="phone">Telephone</label>
      <input id="phone" name="phone" type="tel" maxlength="40" autocomplete="off" value="${item?.phone ?? ''}" />
    </div>
    <div class="field">
      <label for="merchant">Merchant</label>
      <select id="merchant" name="merchant_id">
        ${option('', 'none', item?.merchant_id == null)}
        ${merchants.map(({ id, name }) => option(id, name, id === item?.merchant_id))}
      </select>
    </div>
    <div class="actions"><button class="button" type="submit">Save</button></div>`
}
