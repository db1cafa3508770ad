import { html } from 'hono/html'
import { isSure, staffRequests, type StaffRequest } from '../../../guards/support/index.ts'
import type { Markup } from '../../look/index.ts'
import { form } from '../forms.ts'
import { paths } from '../paths.ts'
import type { Staff } from '../route.ts'
import { badges, requestFacts, standingOf, type Around } from '../support/words.ts'

export const pathOf = (id: string): `/${string}` => `${paths.staff}/requests/${id}`

/** What somebody of the operator can do about a request. */
type Act = 'enter' | 'end' | 'agree' | 'break' | 'review'

export function actsOf({ present }: Staff, { request }: StaffRequest, now: Date): readonly Act[] {
  const [standing, mine] = [standingOf(request, now), request.staff_id === present.personId]
  const acts: Act[] = []
  if (mine && standing === 'live') acts.push('enter')
  if (mine && ['live', 'waits', 'asked'].includes(standing)) acts.push('end')
  if (!mine && standing === 'asked') acts.push(request.kind === 'break-glass' ? 'break' : 'agree')
  const glass = request.kind === 'break-glass' && request.grant_id !== null && request.reviewed_at === null
  if (glass && !mine && request.peer_id !== present.personId) acts.push('review')
  return acts
}

const buttons: Readonly<Record<Act, { readonly submit: string; readonly tone?: 'quiet' | 'danger' }>> = {
  enter: { submit: 'Go in' },
  agree: { submit: 'Agree' },
  break: { submit: 'Break the glass with them', tone: 'danger' },
  review: { submit: 'I have looked at all of it' },
  end: { submit: 'End it', tone: 'quiet' },
}

/** One request with all that it says, and what can be done about it. */
export function staffArticle(visit: Staff, one: StaffRequest): Markup {
  const { request, organizationName } = one
  const now = visit.house.clock.now()
  return html`<article class="stack request" aria-labelledby="of-${request.id}">
    <div class="heading">
      <h3 id="of-${request.id}"><a href="${pathOf(request.id)}">${request.case_id}</a>, ${organizationName}</h3>
      <span>${badges(request, now)}</span>
    </div>
    ${staffDetail(visit, one)}
  </article>`
}

/** All that there is to know of it, and what can be done about it. */
export function staffDetail(visit: Staff, one: StaffRequest): Markup {
  const around: Around = { access: visit.house.access, now: visit.house.clock.now() }
  return html`${requestFacts(one.request, around)}
    <p class="meta">Organization <code>${one.organizationId}</code></p>
    ${actForms(visit, one)}`
}

function actForms(visit: Staff, one: StaffRequest): Markup | '' {
  const acts = actsOf(visit, one, visit.house.clock.now())
  if (acts.length === 0) return ''
  return html`<div class="actions">
    ${acts.map(act =>
      form({ action: `${pathOf(one.request.id)}/${act}`, fields: [], formToken: visit.formToken, ...buttons[act] }),
    )}
  </div>`
}

/** The request of this path, wherever it is. */
export async function requestAt({ house, present, params }: Staff): Promise<StaffRequest | undefined> {
  const [one] = await staffRequests(house.support, present.personId, params['id'] ?? '')
  return one
}

/** Undefined when the proof is fresh enough; otherwise the way to a new one, and back here. */
export function freshFirst(
  { house, present }: Staff,
  back: string,
  only?: 'passkey',
): { readonly redirect: `/${string}` } | undefined {
  if (isSure(present, house.clock, only)) return undefined
  // A session that no passkey was given to yet is led there all the same: it can be given there.
  return { redirect: `${paths.confirm}?next=${encodeURIComponent(back)}` }
}
