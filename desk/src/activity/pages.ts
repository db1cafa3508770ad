import { html } from 'hono/html'
import { auditBundle, type AuditEntry } from 'upheld'
import { z } from 'zod'
import type { Session } from '../access/session.ts'
import { input } from '../http/inputs.ts'
import { type Html, moment, pager } from '../http/layout.ts'
import { pageRoute } from '../http/page-route.ts'
import type { Route } from '../http/route.ts'
import { listProfiles } from '../people/store.ts'
import { type Activity, hasLog, listActivity } from './store.ts'
import { actorOf, actors, deedOf, deeds, things } from './words.ts'

const dayMs = 86_400_000
const outcomes = { success: 'Done', failure: 'Failed', denied: 'Refused' } as const
const tones = { success: '', failure: 'warn', denied: 'bad' } as const

/** A form sends an empty text for whatever was not chosen. */
const chosen = <T extends z.ZodType>(form: T) =>
  z
    .literal('')
    .transform(() => undefined)
    .or(form)
    .optional()
const day = z.iso
  .date()
  .startsWith('2')
  .transform(text => new Date(text))

const query = z.strictObject({
  who: chosen(z.string().regex(/^[a-z-]{1,20}(:[0-9a-f-]{36})?$/)),
  deed: chosen(z.string().regex(/^[a-z._-]{1,80}$/)),
  thing: chosen(z.string().regex(/^[a-z._]{1,80}$/)),
  outcome: chosen(z.enum(['success', 'failure', 'denied'])),
  from: chosen(day),
  to: chosen(day),
  after: z
    .string()
    .regex(/^[\w-]{1,100}$/)
    .optional(),
})
type Query = z.output<typeof query>

const list = pageRoute({
  method: 'GET',
  path: '/activity',
  permission: 'activity.read',
  input: input.extend({
    query: query.refine(({ from, to }) => !from || !to || from <= to, 'it ends before it begins'),
  }),
  async answer({ session, people, input: { query: asked }, url }) {
    const { organization } = session
    const [actorType, actorId] = asked.who?.split(':') ?? []
    const [found, members] = await Promise.all([
      listActivity(people, organization, {
        actorType,
        actorId,
        action: asked.deed,
        object: asked.thing,
        outcome: asked.outcome,
        from: asked.from,
        // The last day is meant whole.
        to: asked.to && new Date(asked.to.getTime() + dayMs),
        after: asked.after,
      }),
      listProfiles(organization),
    ])
    return {
      title: 'Activity',
      body: html`<h1>Activity</h1>
        ${standing(found, session)} ${sift(asked, members)}
        ${
          found.items.length === 0
            ? html`<p class="empty">Nothing like this is in the log.</p>`
            : html`<ol class="rows activity">
                ${found.items.map(item => row(item, found.names))}
              </ol>`
        }
        ${pager(url, found.next)}`,
    }
  },
})

const bundle = pageRoute({
  method: 'GET',
  path: '/activity/bundle',
  permission: 'organization.audit',
  input,
  async answer({ session: { organization } }) {
    // A young account: its log is not there yet, and the page says so.
    if (!(await hasLog(organization))) return { redirect: '/activity' }
    return {
      download: { name: 'activity.upheld.tar', media: 'application/x-tar', pieces: auditBundle(organization) },
    }
  },
})

export const activityPages: readonly Route[] = [list, bundle]

function standing({ size, signedAt }: Activity, session: Session): Html {
  if (signedAt === null) return html`<p class="meta">The log begins with the first change, within a minute of it.</p>`
  return html`<div class="actions">
    <p class="meta">
      ${size} entries, signed last at ${moment(signedAt)} UTC. What is done now is here within a minute; so is this
      look.
    </p>
    ${session.may('organization.audit') ? html`<a class="button quiet" href="/activity/bundle">Download the log</a>` : ''}
  </div>`
}

/** The filters, as a form that sends itself to the address of the page: a search can be kept and shared. */
function sift(asked: Query, members: readonly { readonly id: string; readonly name: string }[]): Html {
  const people = members.map(({ id, name }): Choice => [`member:${id}`, name])
  const kinds = Object.entries(actors).filter(([type]) => type !== 'member')
  return html`<form class="sift" method="get" action="/activity" aria-label="Search">
    ${select('who', 'Who', asked.who, [...people, ...kinds])}
    ${select('deed', 'What', asked.deed, Object.entries(deeds))}
    ${select(
      'thing',
      'On',
      asked.thing,
      Object.entries(things).map(([table, [, several]]): Choice => [table, several]),
    )}
    ${select('outcome', 'Outcome', asked.outcome, Object.entries(outcomes))} ${dateField('from', 'From', asked.from)}
    ${dateField('to', 'To', asked.to)}
    <div class="actions">
      <button class="button" type="submit">Search</button>
      <a class="button quiet" href="/activity">Everything</a>
    </div>
  </form>`
}

type Choice = readonly [value: string, says: string]

function select(name: string, label: string, now: string | undefined, choices: readonly Choice[]): Html {
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <select id="${name}" name="${name}">
      <option value="">Any</option>
      ${choices.map(
        ([value, says]) => html`<option value="${value}" ${value === now ? html`selected` : ''}>${says}</option>`,
      )}
    </select>
  </div>`
}

function dateField(name: string, label: string, now: Date | undefined): Html {
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input id="${name}" name="${name}" type="date" min="2000-01-01" value="${now?.toISOString().slice(0, 10) ?? ''}" />
  </div>`
}

function row(item: AuditEntry, names: ReadonlyMap<string, string>): Html {
  const { says, index, hash } = item
  const { outcome } = says
  return html`<li>
    <details class="entry">
      <summary>
        <span class="title">${deedOf(item)}</span>
        ${outcome === 'success' ? '' : html`<span class="badge ${tones[outcome]}">${outcomes[outcome]}</span>`}
        <span class="meta">${actorOf(item, names)}, ${moment(new Date(says.received_at))}</span>
      </summary>
      <dl class="facts">
        ${fact('Action', says.action)} ${fact('By', `${says.actor.type} ${says.actor.id}`)} ${fact('For', says.purpose)}
        ${fact('On', says.object)} ${fact('Rows', says.rows?.map(String).join(', '))}
        ${fact('About', says.targets?.map(({ type, id }) => `${type} ${id}`).join(', '))}
        ${fact('Details', says.detail && JSON.stringify(says.detail))} ${fact('Request', says.request)}
        ${fact('Happened', says.at)} ${fact('Place in the log', String(index))} ${fact('Leaf hash', hash)}
      </dl>
    </details>
  </li>`
}

function fact(name: string, value: string | undefined): Html | '' {
  if (value === undefined || value === '') return ''
  return html`<dt>${name}</dt>
    <dd>${value}</dd>`
}
