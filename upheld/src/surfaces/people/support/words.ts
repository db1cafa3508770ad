import { z } from 'zod'
import { html } from 'hono/html'
import type { Access } from '../../../guards/access/index.ts'
import type { SupportRequest } from '../../../guards/support/index.ts'
import type { Markup } from '../../look/index.ts'
import { moment } from '../forms.ts'

/** Where a request is on its way. */
export type Standing = 'asked' | 'waits' | 'live' | 'ended' | 'declined' | 'lapsed' | 'withdrawn'

export function standingOf(request: SupportRequest, now: Date): Standing {
  if (request.grant_id !== null) {
    return request.ended_at === null && (request.ends_at?.getTime() ?? 0) > now.getTime() ? 'live' : 'ended'
  }
  if (request.decision === 'declined') return 'declined'
  if (request.ended_at !== null) return 'withdrawn'
  if (request.lapses_at.getTime() <= now.getTime()) return 'lapsed'
  return request.peer_id === null ? 'asked' : 'waits'
}

const standings: Readonly<Record<Standing, readonly [says: string, tone: '' | 'warn' | 'info']>> = {
  asked: ['A colleague of theirs has to agree first', ''],
  waits: ['Waits for an answer', 'info'],
  live: ['Inside now', 'warn'],
  ended: ['Over', ''],
  declined: ['Declined', ''],
  lapsed: ['Lapsed without an answer', ''],
  withdrawn: ['Withdrawn', ''],
}

/** What was broken stays marked as that, whatever came of it. */
export function badges(request: SupportRequest, now: Date): Markup {
  const [says, tone] = standings[standingOf(request, now)]
  const broken = request.kind === 'break-glass' ? html`<span class="badge bad">Emergency, without consent</span> ` : ''
  return html`${broken}<span class="badge ${tone}">${says}</span>`
}

/** Somebody of the operator, as the log of the organization names them too. */
export function staffName(id: string | null): string {
  return id === null ? 'nobody yet' : `staff ${id.slice(0, 8)}`
}

const report = z.object({
  statements: z.number(),
  /** Files that were read, listed or changed. Reports of before it was counted have none. */
  files: z.number().default(0),
  changes: z.number(),
  objects: z.array(z.string().nullable()),
})

/** What was done, counted from the log. */
function reportWords(given: unknown): string | undefined {
  const read = report.safeParse(given)
  if (!read.success) return undefined
  const { statements, changes, files } = read.data
  const objects = read.data.objects.filter(one => one !== null).map(one => one.replace(/^[^.]*\./, ''))
  const of = objects.length === 0 ? '' : `, in ${objects.slice(0, 20).join(', ')}`
  return `${counted(statements, 'statement')}, ${counted(changes, 'change')}${files === 0 ? '' : `, ${counted(files, 'file')}`}${of}`
}

function counted(count: number, word: string): string {
  return `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`
}

export interface Around {
  readonly access: Access
  readonly now: Date
  /** Of members of the organization, where whoever looks may know them. */
  readonly names?: ReadonlyMap<string, string>
}

/** All that there is to know of one request, as a list of terms. */
export function requestFacts(request: SupportRequest, { access, names }: Around): Markup {
  const { minutes, writes, reason, permissions, staff_id, peer_id, decided_by, ends_at, ended_at } = request
  const answer = whoAnswered(request, names)
  return html`<dl class="facts">
    ${fact('Why', html`<span class="lines">${reason}</span>`)}
    ${fact(
      writes ? 'May read and change' : 'May read',
      html`<ul class="plain">
        ${permissions.map(name => html`<li>${access.permissions[name]?.says ?? name} <code>${name}</code></li>`)}
      </ul>`,
    )}
    ${fact('For', `${minutes} minutes at most`)}
    ${fact('Asked by', html`<span>${staffName(staff_id)}, ${moment(request.requested_at)}</span>`)}
    ${fact('Their colleague', peer_id === null ? 'has not agreed yet' : `${staffName(peer_id)} agreed`)}
    ${answer === undefined ? '' : fact(decided_by === null ? 'Let in by' : 'Answered by', answer)}
    ${ends_at === null ? '' : fact(ended_at === null ? 'Until' : 'Ended', moment(ended_at ?? ends_at))}
    ${fact('What was done', doneWords(request))} ${reviewFact(request)}
  </dl>`
}

function fact(term: string, says: Markup | string | undefined): Markup | '' {
  return says === undefined
    ? ''
    : html`<div>
        <dt>${term}</dt>
        <dd>${says}</dd>
      </div>`
}

function whoAnswered(request: SupportRequest, names?: ReadonlyMap<string, string>): string | undefined {
  if (request.decision === null) return undefined
  if (request.kind === 'break-glass') return 'two people of the operator, in an emergency'
  if (request.decided_by === null) return 'the standing rule of the organization'
  return names?.get(request.decided_by) ?? `member ${request.decided_by.slice(0, 8)}`
}

function doneWords({ grant_id, ended_at, report: given }: SupportRequest): string | undefined {
  if (grant_id === null) return undefined
  return reportWords(given) ?? (ended_at === null ? 'stands in the log as it happens' : 'is counted within minutes')
}

function reviewFact({ kind, grant_id, review_due_at, reviewed_at }: SupportRequest): Markup | '' {
  if (kind !== 'break-glass' || grant_id === null || review_due_at === null) return ''
  return fact(
    'Reviewed',
    reviewed_at === null
      ? html`<span>not yet, to be done by ${moment(review_due_at)}</span>`
      : html`<span>by a third person, ${moment(reviewed_at)}</span>`,
  )
}
