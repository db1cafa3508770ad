import { html } from 'hono/html'
import {
  decideSupport,
  endByMember,
  listSupport,
  readRequest,
  type Present,
  type SupportRequest,
} from '../../../guards/support/index.ts'
import { isFresh } from '../../../guards/identity/index.ts'
import { idOf } from '../../../routes.ts'
import type { Markup } from '../../look/index.ts'
import { form, moment } from '../forms.ts'
import { paths } from '../paths.ts'
import type { Answer, Member, Route, SentMember } from '../route.ts'
import { badges, requestFacts, staffName, standingOf, type Around, type Standing } from './words.ts'

const pathOf = (id: string): `/${string}` => `${paths.support}/${id}`

async function aroundOf({ house, entry }: Member, requests: readonly SupportRequest[]): Promise<Around> {
  const { access, identity, clock } = house
  const deciders = requests.flatMap(({ decided_by }) => decided_by ?? [])
  const known = deciders.length > 0 && entry.set.may('organization.members.read')
  return { access, now: clock.now(), ...(known ? { names: await identity.memberNames(entry, deciders) } : {}) }
}

async function supportPage(visit: Member): Promise<Answer> {
  const requests = await listSupport(visit.entry.organization)
  const around = await aroundOf(visit, requests)
  const those = (...standings: readonly Standing[]): readonly SupportRequest[] =>
    requests.filter(request => standings.includes(standingOf(request, around.now)))
  const [live, waiting] = [those('live'), those('waits', 'asked')]
  return {
    title: 'Support access',
    body: html`<h1>Support access</h1>
      <p>
        Nobody of ${visit.house.product} sees into your organization unless it is asked for here and granted. What is
        done under a grant stands in your log before it happens, and you can end it at any time. What holds without you
        is in
        <a href="${paths.rules}">the rules</a>.
      </p>
      ${live.length === 0 ? '' : section('inside', 'Inside now', visit, live, around)}
      ${
        waiting.length === 0
          ? html`<p class="empty">Nobody asks for access.</p>`
          : section('waiting', 'Waiting for you', visit, waiting, around)
      }
      ${history(those('ended', 'declined', 'lapsed', 'withdrawn'), around)}`,
  }
}

function section(
  id: string,
  heading: string,
  visit: Member,
  requests: readonly SupportRequest[],
  around: Around,
): Markup {
  return html`<section class="stack" aria-labelledby="${id}">
    <h2 id="${id}">${heading}</h2>
    ${requests.map(
      request =>
        html`<article class="stack request" aria-labelledby="of-${request.id}">
          <div class="heading">
            <h3 id="of-${request.id}"><a href="${pathOf(request.id)}">${request.case_id}</a></h3>
            <span>${badges(request, around.now)}</span>
          </div>
          ${requestFacts(request, around)} ${acts(visit, request, around.now)}
        </article>`,
    )}
  </section>`
}

function history(requests: readonly SupportRequest[], { now }: Around): Markup | '' {
  if (requests.length === 0) return ''
  return html`<section class="stack" aria-labelledby="before">
    <h2 id="before">Before</h2>
    <div class="rows">
      ${requests.map(
        request =>
          html`<a class="row" href="${pathOf(request.id)}">
            <span class="title">${request.case_id}</span>
            <span class="meta">${staffName(request.staff_id)}, ${moment(request.requested_at)}</span>
            <span class="end">${badges(request, now)}</span>
          </a>`,
      )}
    </div>
  </section>`
}

/** What a member can do about it now. */
function acts({ formToken }: Member, request: SupportRequest, now: Date): Markup | '' {
  const path = pathOf(request.id)
  switch (standingOf(request, now)) {
    case 'live':
      return form({ action: `${path}/end`, fields: [], submit: 'End it now', formToken, tone: 'danger' })
    case 'waits':
      return html`<div class="actions">
        ${form({ action: `${path}/approve`, fields: [], submit: request.writes ? 'Let them read and change' : 'Let them read', formToken })}
        ${form({ action: `${path}/decline`, fields: [], submit: 'Decline', formToken, tone: 'quiet' })}
      </div>`
    default:
      return ''
  }
}

async function requestPage(visit: Member): Promise<Answer> {
  const request = await readRequest(visit.entry.organization, visit.params['id'] ?? '')
  const around = await aroundOf(visit, [request])
  return {
    title: `Support access, ${request.case_id}`,
    body: html`<p><a href="${paths.support}">Support access</a></p>
      <h1>${request.case_id}</h1>
      <p>${badges(request, around.now)}</p>
      ${requestFacts(request, around)} ${acts(visit, request, around.now)}`,
  }
}

function presentOf({ entry }: Member): Present {
  const { personId, methods, provenAt } = entry.session
  return { personId, methods, provenAt }
}

/** Letting somebody in asks for a fresh proof; whoever lacks it is led to it, and back to this request. */
async function decide(sent: SentMember, decision: 'approved' | 'declined'): Promise<Answer> {
  const { house, entry, params } = sent
  const id = params['id'] ?? ''
  if (!isFresh(entry.session, 'approve-support', house.clock.now())) {
    const { id: known } = await readRequest(entry.organization, id)
    return { redirect: `${paths.confirm}?next=${encodeURIComponent(pathOf(known))}` }
  }
  await decideSupport(house.support, presentOf(sent), entry.organization, entry.memberId, id, decision)
  return { redirect: paths.support }
}

const permission = 'organization.support'
const example = { params: { id: idOf('support-request') } }

export const supportRoutes: readonly Route[] = [
  { at: 'organization', method: 'GET', path: paths.support, permission, answer: supportPage },
  { at: 'organization', method: 'GET', path: `${paths.support}/:id`, permission, example, answer: requestPage },
  {
    at: 'organization',
    method: 'POST',
    path: `${paths.support}/:id/approve`,
    permission,
    example,
    answer: sent => decide(sent, 'approved'),
  },
  {
    at: 'organization',
    method: 'POST',
    path: `${paths.support}/:id/decline`,
    permission,
    example,
    answer: sent => decide(sent, 'declined'),
  },
  {
    // No fresh proof is asked: who wants to throw somebody out is not kept waiting.
    at: 'organization',
    method: 'POST',
    path: `${paths.support}/:id/end`,
    permission,
    example,
    async answer(sent) {
      const { house, entry, params } = sent
      await endByMember(house.support, presentOf(sent), entry.organization, entry.memberId, params['id'] ?? '')
      return { redirect: paths.support }
    },
  },
]
