import { html } from 'hono/html'
import {
  agreeAsPeer,
  breakGlass,
  endByStaff,
  refuseSupport,
  reviewGlass,
  staffRequests,
  type StaffRequest,
} from '../../../guards/support/index.ts'
import { idOf } from '../../../routes.ts'
import type { Markup } from '../../look/index.ts'
import { paths } from '../paths.ts'
import type { Answer, Route, SentStaff, Staff } from '../route.ts'
import { badges, standingOf } from '../support/words.ts'
import { askRoutes } from './ask.ts'
import { actsOf, freshFirst, pathOf, requestAt, staffArticle, staffDetail } from './facts.ts'
import { staffReviewRoutes } from './reviews.ts'
import { chosenCookie, endChosen } from './visiting.ts'

async function staffPage(visit: Staff): Promise<Answer> {
  const { house, present } = visit
  const now = house.clock.now()
  const all = await staffRequests(house.support, present.personId)
  const mine = all.filter(({ request }) => request.staff_id === present.personId)
  const can = (act: string): readonly StaffRequest[] =>
    all.filter(one => actsOf(visit, one, now).some(has => has === act))
  const live = can('enter')
  const waiting = mine.filter(({ request }) => ['asked', 'waits'].includes(standingOf(request, now)))
  return {
    title: 'Support of customers',
    body: html`<h1>Support of customers</h1>
      <p>
        Nothing of a customer is open to you without a grant. Everything under one stands in the customer’s own log, and
        ends when the customer says so.
      </p>
      <p class="actions">
        <a class="button" href="${paths.staff}/ask">Ask for access</a>
        <a class="button danger" href="${paths.staff}/glass">Break the glass</a>
        <a class="button quiet" href="${paths.staff}/reviews">Owners who are alone</a>
      </p>
      ${section(visit, 'inside', 'Open to you', live)}
      ${section(visit, 'peer', 'Colleagues ask you', [...can('break'), ...can('agree')])}
      ${section(visit, 'review', 'Broken glass to be reviewed', can('review'))}
      ${section(visit, 'waiting', 'What you asked for', waiting)}
      ${all.length === 0 ? html`<p class="empty">Nothing waits for you.</p>` : ''}`,
  }
}

function section(visit: Staff, id: string, heading: string, some: readonly StaffRequest[]): Markup | '' {
  if (some.length === 0) return ''
  return html`<section class="stack" aria-labelledby="${id}">
    <h2 id="${id}">${heading}</h2>
    ${some.map(one => staffArticle(visit, one))}
  </section>`
}

async function requestPage(visit: Staff): Promise<Answer> {
  const one = await requestAt(visit)
  if (one === undefined) throw refuseSupport.absent()
  return {
    title: `${one.request.case_id}, ${one.organizationName}`,
    body: html`<p><a href="${paths.staff}">Support of customers</a></p>
      <h1>${one.request.case_id}, ${one.organizationName}</h1>
      <p>${badges(one.request, visit.house.clock.now())}</p>
      ${staffDetail(visit, one)}`,
  }
}

/** An act on the request of the path. What asks for a fresh proof leads there, and back to the request. */
function act(
  name: string,
  fresh: 'passkey' | 'second' | 'none',
  work: (sent: SentStaff, one: StaffRequest) => Promise<Answer | undefined>,
): Route {
  return {
    at: 'staff',
    method: 'POST',
    path: `${paths.staff}/requests/:id/${name}`,
    example: { params: { id: idOf('support-request') } },
    async answer(sent) {
      const one = await requestAt(sent)
      if (one === undefined) throw refuseSupport.absent()
      const led =
        fresh === 'none' ? undefined : freshFirst(sent, pathOf(one.request.id), fresh === 'passkey' ? fresh : undefined)
      return led ?? (await work(sent, one)) ?? { redirect: paths.staff }
    },
  }
}

export const staffRoutes: readonly Route[] = [
  { at: 'staff', method: 'GET', path: paths.staff, answer: staffPage },
  ...askRoutes,
  ...staffReviewRoutes,
  {
    at: 'staff',
    method: 'GET',
    path: `${paths.staff}/requests/:id`,
    example: { params: { id: idOf('support-request') } },
    answer: requestPage,
  },
  act('agree', 'second', async ({ house, present }, { organizationId, request }) => {
    await agreeAsPeer(house.support, present, organizationId, request.id)
    return undefined
  }),
  act('break', 'passkey', async ({ house, present }, { organizationId, request }) => {
    await breakGlass(house.support, present, organizationId, request.id)
    return undefined
  }),
  act('review', 'second', async ({ house, present }, { organizationId, request }) => {
    await reviewGlass(house.support, present, organizationId, request.id)
    return undefined
  }),
  act('end', 'none', async ({ house, present }, { organizationId, request }) => {
    await endByStaff(house.support, present, organizationId, request.id)
    return { redirect: paths.staff, cookies: [endChosen(house)] }
  }),
  act('enter', 'none', async (sent, one) => {
    const { house } = sent
    const { organizationId, request } = one
    if (request.grant_id === null || !actsOf(sent, one, house.clock.now()).includes('enter'))
      throw refuseSupport.absent()
    return { redirect: house.home, cookies: [chosenCookie(house, { organizationId, grantId: request.grant_id })] }
  }),
  {
    at: 'staff',
    method: 'POST',
    path: `${paths.staff}/leave`,
    answer: async ({ house }) => ({ redirect: paths.staff, cookies: [endChosen(house)] }),
  },
]
