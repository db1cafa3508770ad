import { html } from 'hono/html'
import { z } from 'zod'
import { attachments } from '../attachments/pages.ts'
import { listAttachments } from '../attachments/store.ts'
import { id, paragraphs, withId, input } from '../http/inputs.ts'
import { form, type Html, moment, pager } from '../http/layout.ts'
import { pageRoute } from '../http/page-route.ts'
import { newestFirst, oldestFirst } from '../http/paging.ts'
import type { Route } from '../http/route.ts'
import { isMember, listMemberNames } from '../people/store.ts'
import {
  changeConversation,
  type Conversation,
  countConversations,
  getConversation,
  listConversations,
  listMessages,
  type Message,
  postMessage,
  type Status,
  statuses,
} from './store.ts'

const tones: Readonly<Record<Status, string>> = { open: 'info', pending: 'warn', closed: '' }
const status = z.enum(statuses)

const inbox = pageRoute({
  method: 'GET',
  path: '/',
  permission: 'conversation.read',
  input: input.extend({ query: newestFirst.extend({ status: status.optional(), contact: id.optional() }) }),
  async answer({ session: { organization }, input: { query }, url }) {
    const [found, counts] = await Promise.all([
      listConversations(organization, query),
      countConversations(organization),
    ])
    const all = counts.open + counts.pending + counts.closed
    return {
      title: 'Inbox',
      body: html`<h1>Inbox</h1>
        <nav class="filters" aria-label="Status">
          ${filter('/', 'All', all, query.status === undefined)}
          ${statuses.map(name => filter(`/?status=${name}`, name, counts[name], query.status === name))}
        </nav>
        ${
          found.items.length === 0
            ? html`<p class="empty">Nothing here.</p>`
            : html`<ul class="rows">
                ${found.items.map(row)}
              </ul>`
        }
        ${pager(url, found.next)}`,
    }
  },
})

const conversation = pageRoute({
  method: 'GET',
  path: '/conversations/:id',
  permission: 'conversation.read',
  input: withId.extend({ query: oldestFirst.extend({ limit: oldestFirst.shape.limit.default(100) }) }),
  async answer({ session, people, input: { params, query }, url }) {
    const { organization } = session
    const [found, messages, members, files] = await Promise.all([
      getConversation(organization, params.id),
      listMessages(organization, params.id, query),
      // Who works here is no part of what support was let in for.
      session.inPerson && session.may('conversation.write') ? listMemberNames(people, organization) : [],
      listAttachments(organization, params.id),
    ])
    if (found === undefined || messages === undefined) return undefined
    const action: `/${string}` = `/conversations/${found.id}`
    return {
      title: found.subject,
      body: html`<h1>${found.subject}</h1>
        <div class="split">
          <div class="stack">
            <div class="thread">${messages.items.map(message)}</div>
            ${pager(url, messages.next)}
            ${session.may('conversation.reply') ? form(session, `${action}/reply`, replyFields) : ''}
            ${attachments(session, found.id, files)}
          </div>
          <aside class="stack" aria-label="About this conversation">
            ${facts(found)}
            ${session.may('conversation.write') ? form(session, action, stateFields(found, members)) : ''}
          </aside>
        </div>`,
    }
  },
})

const reply = pageRoute({
  method: 'POST',
  path: '/conversations/:id/reply',
  permission: 'conversation.reply',
  input: withId.extend({ body: z.strictObject({ body: paragraphs(10_000) }) }),
  async answer({ session, input: { params, body } }) {
    const posted = await postMessage(session.organization, params.id, {
      body: body.body,
      member_id: session.memberId(),
    })
    return posted && { redirect: `/conversations/${params.id}` }
  },
})

const change = pageRoute({
  method: 'POST',
  path: '/conversations/:id',
  permission: 'conversation.write',
  // A form sends an empty text for "nobody".
  input: withId.extend({
    body: z.strictObject({
      status,
      assigned_member_id: z
        .literal('')
        .transform(() => null)
        .or(id),
    }),
  }),
  async answer({ session, people, input: { params, body } }) {
    const { assigned_member_id: member } = body
    if (member !== null && session.inPerson && !(await isMember(people, session.organization, member))) return undefined
    const changed = await changeConversation(session.organization, params.id, body)
    return changed ? { redirect: `/conversations/${params.id}` } : undefined
  },
})

export const inboxPages: readonly Route[] = [inbox, conversation, reply, change]

function filter(href: string, name: string, count: number, current: boolean): Html {
  return html`<a href="${href}" ${current ? html`aria-current="page"` : ''}>${name} <span>${count}</span></a>`
}

function row(item: Conversation): Html {
  const people = [item.contact_name, item.merchant_name, item.assigned_member_name ?? 'nobody yet'].filter(
    name => name !== null,
  )
  return html`<li>
    <a class="row" href="/conversations/${item.id}">
      <span class="title">${item.subject}</span>
      <span class="meta">${people.join(' · ')} · ${item.messages} messages</span>
      <span class="end">${badge(item.status)}<br />${moment(item.last_message_at)}</span>
    </a>
  </li>`
}

function badge(of: Status): Html {
  return html`<span class="badge ${tones[of]}">${of}</span>`
}

function message(item: Message): Html {
  return html`<article class="message ${item.author_kind === 'member' ? 'ours' : ''}">
    <header><b>${item.author_name}</b> ${moment(item.created_at)}</header>
    <p>${item.body}</p>
  </article>`
}

function facts(item: Conversation): Html {
  const merchant =
    item.merchant_id === null ? 'none' : html`<a href="/merchants/${item.merchant_id}">${item.merchant_name}</a>`
  return html`<dl class="facts">
    <dt>Status</dt>
    <dd>${badge(item.status)}</dd>
    <dt>Contact</dt>
    <dd><a href="/contacts/${item.contact_id}">${item.contact_name}</a></dd>
    <dt>Merchant</dt>
    <dd>${merchant}</dd>
    <dt>With</dt>
    <dd>${item.assigned_member_name ?? 'nobody yet'}</dd>
    <dt>Begun</dt>
    <dd>${moment(item.created_at)}</dd>
  </dl>`
}

const replyFields = html`<div class="field">
    <label for="body">Reply</label>
    <textarea id="body" name="body" rows="5" maxlength="10000" required></textarea>
  </div>
  <div class="actions"><button class="button" type="submit">Send</button></div>`

function stateFields(item: Conversation, members: readonly { id: string; name: string }[]): Html {
  const option = (value: string, name: string, selected: boolean) =>
    html`<option value="${value}" ${selected ? html`selected` : ''}>${name}</option>`
  return html`<div class="field">
      <label for="status">Status</label>
      <select id="status" name="status">
        ${statuses.map(name => option(name, name, name === item.status))}
      </select>
    </div>
    <div class="field">
      <label for="assigned">With</label>
      <select id="assigned" name="assigned_member_id">
        ${option('', 'nobody', item.assigned_member_id === null)}
        ${members.map(member => option(member.id, member.name, member.id === item.assigned_member_id))}
      </select>
    </div>
    <div class="actions"><button class="button quiet" type="submit">Save</button></div>`
}
