import { html } from 'hono/html'
import type { UpheldError } from '../../../core/errors.ts'
import { waitingForOperator, type WaitingReview } from '../../../guards/reviews/index.ts'
import type { Markup } from '../../look/index.ts'
import { field, form, moment } from '../forms.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Route, SentStaff, Staff } from '../route.ts'
import { refused, told } from '../told.ts'
import { freshFirst } from './facts.ts'

const path = `${paths.staff}/reviews` as const

function waiting({ house, present }: Staff): Promise<readonly WaitingReview[]> {
  return waitingForOperator({ database: house.support.database, tenancy: house.members }, present.personId)
}

/** Owners who are alone: nobody in their organization may say that they are known, so the operator does. */
async function reviewsPage(visit: Staff, error?: UpheldError): Promise<Answer> {
  const all = await waiting(visit)
  return {
    title: 'Owners who are alone',
    status: error?.status ?? 200,
    body: html`<p><a href="${paths.staff}">Support of customers</a></p>
      <h1>Owners who are alone</h1>
      <p>
        Nobody reviews their own access. Where an organization has one owner, somebody here says that they are known,
        such as by a contract. It takes nothing away, and stands in the log of the organization under your pseudonym.
      </p>
      ${told(error)}
      ${all.length === 0 ? html`<p class="empty">Nobody waits for that.</p>` : all.map(one => article(visit, one))}`,
  }
}

function article(
  { formToken }: Staff,
  { organizationName, organizationId, review, dueAt, lines }: WaitingReview,
): Markup {
  const holders = [...new Set(lines.flatMap(({ holder }) => holder ?? []))]
  const fields = [
    html`<input type="hidden" name="organization" value="${organizationId}" />
      <input type="hidden" name="review" value="${review}" />`,
    field({
      name: 'reason',
      id: `reason-${review}`,
      label: 'How they are known',
      autocomplete: 'off',
      hint: 'It stands in the record of the review. No names of people.',
      lengthMax: 500,
    }),
  ]
  return html`<article class="stack request" aria-labelledby="of-${review}">
    <h2 id="of-${review}">${organizationName}</h2>
    <p class="meta">
      ${lines.length} ${lines.length === 1 ? 'line' : 'lines'} of
      ${holders.map(id => `member ${id.slice(0, 8)}`).join(', ')}, to be answered by ${moment(dueAt)}. Organization
      <code>${organizationId}</code>
    </p>
    ${form({ action: path, fields, submit: 'They are known', formToken })}
  </article>`
}

async function attest(sent: SentStaff): Promise<Answer> {
  const { house, present, fields } = sent
  const led = freshFirst(sent, path)
  if (led !== undefined) return led
  // Only what waits: an identifier that somebody typed leads nowhere.
  const one = (await waiting(sent)).find(
    ({ organizationId, review }) =>
      organizationId === text(fields, 'organization') && review === text(fields, 'review'),
  )
  if (one === undefined) return { redirect: path }
  const reason = text(fields, 'reason')
  const decisions = one.lines.map(({ id }) => ({ id, decision: 'keep' as const, reason }))
  try {
    await house.reviews.attest(one.organizationId, present, one.review, decisions)
    return { redirect: path }
  } catch (thrown) {
    return reviewsPage(sent, refused(thrown))
  }
}

export const staffReviewRoutes: readonly Route[] = [
  { at: 'staff', method: 'GET', path, answer: visit => reviewsPage(visit) },
  {
    at: 'staff',
    method: 'POST',
    path,
    example: { form: { organization: '', review: '', reason: 'known by contract' } },
    answer: attest,
  },
]
