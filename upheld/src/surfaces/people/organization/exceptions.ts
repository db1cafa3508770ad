import { html } from 'hono/html'
import type { StoredOverride } from '../../../guards/access/index.ts'
import type { MemberFacts } from '../../../guards/identity/index.ts'
import type { Markup } from '../../look/index.ts'
import { called, choice, field, form, moment } from '../forms.ts'
import { text } from '../reading.ts'
import type { Member } from '../route.ts'
import { memberPath, permissionsOf } from './words.ts'

/** An exception as it is shown: with the name of whoever made it. */
interface Exception extends StoredOverride {
  readonly author: string
  readonly over: boolean
}

export interface Exceptions {
  readonly all: readonly Exception[]
  readonly known: ReadonlyMap<string, Exception>
}

/** What was typed, as it stands in the form. */
export interface Draft {
  readonly effect: string
  readonly permission: string
  readonly reason: string
  readonly days: string
  readonly reviewDays: string
}

const dayMs = 86_400_000
const days = [1, 7, 14, 30, 90, 180, 365]
export const withdrawPath = '/organization/exceptions/:id/withdraw'

export async function exceptionsOf({ house, entry }: Member, memberId: string): Promise<Exceptions> {
  const stored = await house.roles.overridesOf(entry.organization, memberId)
  const authors = stored.map(({ authorId }) => authorId)
  const names = await house.identity.memberNames(entry, authors)
  const now = house.clock.now()
  const all = stored.map(one => ({
    ...one,
    author: names.get(one.authorId) ?? 'somebody who left',
    over: one.expiresAt <= now,
  }))
  return { all, known: new Map(all.map(one => [one.id, one])) }
}

export function draftIn(fields: ReadonlyMap<string, string>): Draft {
  const [effect, permission] = [text(fields, 'effect'), text(fields, 'permission')]
  const reason = text(fields, 'reason')
  return { effect, permission, reason, days: text(fields, 'days'), reviewDays: text(fields, 'review_days') }
}

/** So many days from now. What is no number is no time, and refused as such. */
export function daysFrom(now: Date, given: string): Date {
  return new Date(now.getTime() + (/^\d{1,3}$/.test(given) ? Number(given) : NaN) * dayMs)
}

interface Given {
  readonly facts: MemberFacts
  readonly exceptions: Exceptions
  readonly draft: Draft | undefined
}

export function exceptionSections(visit: Member, { facts, exceptions, draft }: Given): Markup {
  const { entry } = visit
  const other = facts.id !== entry.memberId
  const ofOwner = facts.roles.includes('owner') && !entry.set.roles.includes('owner')
  const changes = other && !ofOwner && entry.set.may('organization.members.overrides')
  return html`<section class="stack" aria-labelledby="exceptions">
    <h2 id="exceptions">Exceptions</h2>
    ${
      exceptions.all.length === 0
        ? html`<p class="soft">None: this member may do what their roles say.</p>`
        : html`<ul class="rows">
            ${exceptions.all.map(one => exceptionRow(visit, one, changes))}
          </ul>`
    }
    ${changes ? addForm(visit, facts.id, draft) : ''}
  </section>`
}

function exceptionRow({ formToken }: Member, one: Exception, changes: boolean): Markup {
  const { id, memberId, permission, effect, author, reason, createdAt, expiresAt, reviewAt, over } = one
  const fields = html`<input type="hidden" name="member" value="${memberId}" />`
  const action = withdrawPath.replace(':id', id)
  return html`<li class="row" id="exception-${id}">
    <span class="title">
      <span class="badge ${over ? '' : effect === 'allow' ? 'good' : 'bad'}"
        >${effect === 'allow' ? 'given' : 'taken'}</span
      >
      <code>${permission}</code>
    </span>
    <span class="meta">${called(author)}, ${moment(createdAt)}: “${called(reason)}”</span>
    <span class="meta"
      >${over ? 'over since' : 'until'} ${moment(expiresAt)}, to be looked at again ${moment(reviewAt)}</span
    >
    <span class="end">
      ${changes ? form({ action, fields, submit: 'Withdraw', about: permission, formToken, tone: 'quiet' }) : ''}
    </span>
  </li>`
}

function addForm({ house, formToken }: Member, memberId: string, draft: Draft | undefined): Markup {
  const spans = days.map(count => ({ value: String(count), label: count === 1 ? 'a day' : `${count} days` }))
  const fields = [
    choice({
      name: 'effect',
      label: 'What it does',
      value: draft?.effect ?? 'allow',
      options: [
        { value: 'allow', label: 'Gives a permission' },
        { value: 'deny', label: 'Takes one, whatever else gives it' },
      ],
    }),
    choice({
      name: 'permission',
      label: 'Which one',
      value: draft?.permission,
      options: permissionsOf(house.access).map(([value, { says }]) => ({ value, label: `${value}: ${says}` })),
    }),
    field({
      name: 'reason',
      label: 'Why',
      autocomplete: 'off',
      value: draft?.reason.slice(0, 500),
      hint: 'For whoever looks at it again: a sentence.',
      lengthMax: 500,
    }),
    choice({ name: 'days', label: 'Ends after', value: draft?.days ?? '30', options: spans }),
    choice({ name: 'review_days', label: 'Looked at again after', value: draft?.reviewDays ?? '14', options: spans }),
  ]
  return html`<details ${draft === undefined ? '' : html`open`}>
    <summary>Make an exception</summary>
    ${form({ action: `${memberPath(memberId)}/exceptions`, fields, submit: 'Make it', formToken })}
  </details>`
}
