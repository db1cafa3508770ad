import { html } from 'hono/html'
import type { UpheldError } from '../../../core/errors.ts'
import { assertFresh } from '../../../guards/identity/index.ts'
import type { ListedReview, Schedule } from '../../../guards/reviews/index.ts'
import type { Markup } from '../../look/index.ts'
import { choice, field, form, moment, radios } from '../forms.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Member, Route, SentMember } from '../route.ts'
import { refused, told } from '../told.ts'
import { oneReviewRoutes, pathOf } from './review.ts'

async function reviewsPage(visit: Member, error?: UpheldError): Promise<Answer> {
  const { house, entry, formToken } = visit
  const [all, schedule] = [
    await house.reviews.list(entry.organizationId),
    await house.reviews.schedule(entry.organizationId),
  ]
  const live = all.find(({ state }) => state !== 'closed')
  return {
    title: 'Access reviews',
    status: error?.status ?? 200,
    body: html`<h1>Access reviews</h1>
      <p>
        From time to time somebody looks at who has access to what, and keeps or removes it. What has privileges and
        gets no answer is taken away. Nobody decides about themselves.
      </p>
      ${told(error)}
      ${
        live === undefined
          ? beginForm(formToken, schedule)
          : html`<p class="notice">
              A review is going on, until ${moment(live.dueAt)}. <a href="${pathOf(live.id)}">Decide in it</a>
            </p>`
      }
      ${list(all)} ${scheduleForm(formToken, schedule)}`,
  }
}

function list(all: readonly ListedReview[]): Markup {
  if (all.length === 0) return html`<p class="empty">There was no review yet.</p>`
  return html`<section class="stack" aria-labelledby="all">
    <h2 id="all">All reviews</h2>
    <div class="rows">
      ${all.map(
        review =>
          html`<a class="row" href="${pathOf(review.id)}">
            <span class="title">${moment(review.openedAt)}</span>
            <span class="meta">${review.decided} of ${review.lines} lines decided</span>
            <span class="end">${standing(review)}</span>
          </a>`,
      )}
    </div>
  </section>`
}

function standing({ state, complete }: ListedReview): Markup {
  const [says, tone] =
    state === 'closed'
      ? complete === true
        ? ['Complete', 'good']
        : ['Not complete', 'bad']
      : state === 'escalated'
        ? ['With the owners', 'warn']
        : state === 'open'
          ? ['Going on', 'info']
          : ['Being closed', 'info']
  return html`<span class="badge ${tone}">${says}</span>`
}

function beginForm(formToken: string, { decideDays }: Schedule): Markup {
  const fields = [
    radios({
      name: 'reviewers',
      label: 'Who decides what has no privileges',
      options: [
        { value: 'owners', label: 'The owners' },
        { value: 'me', label: 'I do' },
      ],
      value: 'owners',
    }),
    field({
      name: 'days',
      label: 'Days to decide',
      autocomplete: 'off',
      value: String(decideDays),
      numeric: true,
      hint: 'From 1 to 60.',
      lengthMax: 2,
    }),
  ]
  return html`<section class="stack" aria-labelledby="begin">
    <h2 id="begin">Begin a review</h2>
    ${form({ action: `${paths.reviews}/begin`, fields, submit: 'Begin a review', formToken })}
  </section>`
}

function scheduleForm(formToken: string, schedule: Schedule): Markup {
  const number = (name: string, label: string, value: number, hint: string): Markup =>
    field({ name, label, autocomplete: 'off', value: String(value), numeric: true, hint, lengthMax: 2 })
  const fields = [
    number('every_months', 'Months between two reviews', schedule.everyMonths, 'From 1 to 12.'),
    number('decide_days', 'Days for the reviewers', schedule.decideDays, 'From 1 to 60.'),
    number('escalate_days', 'Days for the owners after that', schedule.escalateDays, 'From 1 to 30.'),
    choice({
      name: 'unanswered',
      label: 'Access without privileges that nobody answered for',
      options: [
        { value: 'keep', label: 'is kept, and the review does not count' },
        { value: 'remove', label: 'is taken away' },
      ],
      value: schedule.unanswered,
    }),
  ]
  return html`<section class="stack" aria-labelledby="schedule">
    <h2 id="schedule">When a review opens by itself</h2>
    ${form({ action: `${paths.reviews}/schedule`, fields, submit: 'Save', formToken, tone: 'quiet' })}
  </section>`
}

/** Zero for what is no number: the guard says what is wrong with it. */
function numberIn(fields: ReadonlyMap<string, string>, name: string): number {
  const value = text(fields, name)
  return /^\d{1,2}$/.test(value) ? Number(value) : 0
}

async function shown(sent: SentMember, work: () => Promise<Answer>): Promise<Answer> {
  assertFresh(sent.entry.session, 'decide-reviews', sent.house.clock.now())
  try {
    return await work()
  } catch (thrown) {
    return reviewsPage(sent, refused(thrown))
  }
}

const permission = 'organization.reviews'

export const reviewRoutes: readonly Route[] = [
  { at: 'organization', method: 'GET', path: paths.reviews, permission, answer: visit => reviewsPage(visit) },
  {
    at: 'organization',
    method: 'POST',
    path: `${paths.reviews}/begin`,
    permission,
    // One is open already.
    example: { form: { reviewers: 'owners', days: '14' }, honest: false },
    answer: sent =>
      shown(sent, async () => {
        const { house, entry, fields } = sent
        const { id } = await house.reviews.begin(
          entry.organizationId,
          { memberId: entry.memberId },
          {
            decideDays: numberIn(fields, 'days'),
            ...(text(fields, 'reviewers') === 'me' ? { reviewers: [entry.memberId] } : {}),
          },
        )
        return { redirect: pathOf(id) }
      }),
  },
  {
    at: 'organization',
    method: 'POST',
    path: `${paths.reviews}/schedule`,
    permission,
    example: { form: { every_months: '3', decide_days: '14', escalate_days: '7', unanswered: 'keep' } },
    answer: sent =>
      shown(sent, async () => {
        const { house, entry, fields } = sent
        await house.reviews.setSchedule(
          entry.organizationId,
          { memberId: entry.memberId },
          {
            everyMonths: numberIn(fields, 'every_months'),
            decideDays: numberIn(fields, 'decide_days'),
            escalateDays: numberIn(fields, 'escalate_days'),
            unanswered: text(fields, 'unanswered') === 'remove' ? 'remove' : 'keep',
          },
        )
        return { redirect: paths.reviews }
      }),
  },
  ...oneReviewRoutes,
]
