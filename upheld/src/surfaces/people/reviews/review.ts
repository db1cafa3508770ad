import { html } from 'hono/html'
import type { UpheldError } from '../../../core/errors.ts'
import { isFresh } from '../../../guards/identity/index.ts'
import { refuseReviews, type LineDecision, type ListedReview, type ReviewLine } from '../../../guards/reviews/index.ts'
import { idOf } from '../../../routes.ts'
import type { Markup } from '../../look/index.ts'
import { field, form, moment } from '../forms.ts'
import { paths } from '../paths.ts'
import { text } from '../reading.ts'
import type { Answer, Member, Route, SentMember } from '../route.ts'
import { refused, told } from '../told.ts'
import { closedTo, decidedWords, hintOf, lineFacts, titleOf, type LookingAt } from './lines.ts'

export const pathOf = (id: string): `/${string}` => `${paths.reviews}/${id}`
const linesMax = 25
const undecided = (review: ListedReview): boolean => review.state === 'open' || review.state === 'escalated'

interface Asked {
  readonly after: number
  /** Only what this member can be asked for and has not decided. */
  readonly mine: boolean
}

function askedIn({ searchParams }: URL): Asked {
  const after = searchParams.get('after') ?? '0'
  return { after: /^\d{1,6}$/.test(after) ? Number(after) : 0, mine: searchParams.get('show') === 'mine' }
}

async function looking(visit: Member): Promise<LookingAt> {
  const { house, entry, params } = visit
  const review = (await house.reviews.list(entry.organizationId)).find(({ id }) => id === params['id'])
  if (review === undefined) throw refuseReviews.not_found()
  return { review, entry, access: house.access, names: new Map() }
}

async function reviewPage(visit: Member, error?: UpheldError): Promise<Answer> {
  const { house, entry, formToken, url } = visit
  const bare = await looking(visit)
  const { review } = bare
  const { after, mine } = askedIn(url)
  const wanted = { after, max: linesMax + 1, ...(mine ? { reviewer: entry.memberId, undecided: true } : {}) }
  const found = await house.reviews.lines(entry.organizationId, review.id, wanted)
  const lines = found.slice(0, linesMax)
  const people = lines.flatMap(line =>
    [line.holder, line.reviewer, line.decidedBy, authorOf(line)].filter(id => id !== null),
  )
  const may = entry.set.may('organization.members.read')
  const at: LookingAt = { ...bare, names: may ? await house.identity.memberNames(entry, people) : new Map() }
  const path = pathOf(review.id)
  const next = found.length > linesMax ? lines.at(-1)?.n : undefined
  return {
    title: 'Access review',
    status: error?.status ?? 200,
    body: html`<p><a href="${paths.reviews}">Access reviews</a></p>
      <h1>Access review of ${moment(review.openedAt)}</h1>
      ${progressOf(review)} ${told(error)} ${filters(path, mine)}
      ${
        lines.length === 0
          ? html`<p class="empty">${mine ? 'Nothing waits for you.' : 'There are no more lines.'}</p>`
          : html`<form class="stack" method="post" action="${path}/decide">
              <input type="hidden" name="form_token" value="${formToken}" />
              <input type="hidden" name="after" value="${after}" />
              <input type="hidden" name="show" value="${mine ? 'mine' : 'all'}" />
              ${lines.map(line => lineItem(line, at))} ${lines.some(line => isOpen(line, at)) ? bulk() : ''}
            </form>`
      }
      ${next === undefined ? '' : html`<nav class="pager" aria-label="Lines"><a href="${path}?after=${next}${mine ? '&show=mine' : ''}">Next lines</a></nav>`}
      ${closing(review, formToken)}`,
  }
}

function authorOf({ facts }: ReviewLine): string | null {
  const author = facts['author']
  return typeof author === 'string' ? author : null
}

function progressOf(review: ListedReview): Markup {
  const { lines, decided, dueAt, closedAt, complete, digest, state } = review
  const over = html`Closed ${closedAt === undefined ? '' : moment(closedAt)}.
    ${complete === true ? 'It counts as a review.' : 'It does not count as a review: something was left unanswered, or still works.'}
    <a href="${pathOf(review.id)}/record">Keep the record</a>, whose digest <code>${digest ?? ''}</code> stands in your
    log.`
  return html`<p>
      <label for="decided">${decided} of ${lines} lines are decided.</label>
      <progress class="bar" id="decided" max="${lines}" value="${decided}">${decided} of ${lines}</progress>
    </p>
    <p>
      ${
        undecided(review)
          ? html`${state === 'escalated' ? 'The owners decide what nobody answered for' : 'To be decided'} by
            ${moment(dueAt)}. What has privileges and gets no answer is taken away then.`
          : over
      }
    </p>`
}

function filters(path: string, mine: boolean): Markup {
  return html`<nav class="filters" aria-label="Which lines">
    <a href="${path}" ${mine ? '' : html`aria-current="true"`}>All lines</a>
    <a href="${path}?show=mine" ${mine ? html`aria-current="true"` : ''}>Those that wait for me</a>
  </nav>`
}

function isOpen(line: ReviewLine, at: LookingAt): boolean {
  return line.decision === null && undecided(at.review) && closedTo(line, at) === undefined
}

function lineItem(line: ReviewLine, at: LookingAt): Markup {
  const [title, hint] = [titleOf(line, at), hintOf(line, at)]
  const closed = closedTo(line, at)
  const mark = line.privileged ? html`<span class="badge info">privileged</span>` : ''
  const about = html`${lineFacts(line, at)} ${hint === undefined ? '' : html`<p class="notice warn">${hint}</p>`}
  ${decidedWords(line, at)}`
  if (!isOpen(line, at))
    return html`<article class="line" aria-labelledby="line-${line.n}">
      <div class="heading">
        <h2 id="line-${line.n}">${title}</h2>
        ${mark}
      </div>
      ${about} ${line.decision === null && closed !== undefined ? html`<p class="hint">${closed}</p>` : ''}
    </article>`
  return html`<fieldset class="choices line">
    <legend>${title} ${mark}</legend>
    ${about}
    <div class="both">
      ${(['keep', 'remove'] as const).map(
        value =>
          html`<label>
            <input type="radio" name="line_${line.id}" value="${value}" />
            <span>${value === 'keep' ? 'Keep it' : 'Remove it'}</span>
          </label>`,
      )}
    </div>
  </fieldset>`
}

/** One reason for what is decided together; lines without a choice are left, or decided alike. */
function bulk(): Markup {
  return html`${field({
      name: 'reason',
      label: 'Reason',
      autocomplete: 'off',
      hint: 'It stands in the record, for all that you decide with this button.',
      lengthMax: 500,
    })}
    <div class="field">
      <label for="rest">Lines of this page without a choice</label>
      <select id="rest" name="rest">
        <option value="leave">leave open</option>
        <option value="keep">keep</option>
        <option value="remove">remove</option>
      </select>
    </div>
    <div class="actions"><button class="button" type="submit">Decide</button></div>`
}

function closing(review: ListedReview, formToken: string): Markup | '' {
  if (review.state === 'closed') return ''
  return html`<section class="stack" aria-labelledby="close">
    <h2 id="close">Close the review</h2>
    <p>
      Everything is done as it was decided, each removal is tried again as its holder would, and a record is written. It
      closes by itself when its time is over.
    </p>
    ${form({ action: `${pathOf(review.id)}/close`, fields: [], submit: 'Close the review', formToken, tone: 'danger' })}
  </section>`
}

/** Undefined when the proof is fresh enough; otherwise the way to a new one, and back here. */
function freshFirst({ house, entry }: Member, back: string): { readonly redirect: `/${string}` } | undefined {
  if (isFresh(entry.session, 'decide-reviews', house.clock.now())) return undefined
  return { redirect: `${paths.confirm}?next=${encodeURIComponent(back)}` }
}

/** What was chosen line by line; and, where asked, the same for those of the page that were left. */
async function decisionsIn(sent: SentMember, at: LookingAt): Promise<readonly LineDecision[]> {
  const { house, entry, fields } = sent
  const reason = text(fields, 'reason')
  const rest = text(fields, 'rest')
  const chosen = new Map<string, LineDecision['decision']>()
  if (rest === 'keep' || rest === 'remove') {
    const { after, mine } = askedIn(new URL(`?after=${text(fields, 'after')}&show=${text(fields, 'show')}`, sent.url))
    const wanted = { after, max: linesMax, ...(mine ? { reviewer: entry.memberId, undecided: true } : {}) }
    const lines = await house.reviews.lines(entry.organizationId, at.review.id, wanted)
    for (const line of lines) if (isOpen(line, at)) chosen.set(line.id, rest)
  }
  for (const [name, value] of fields) {
    if (name.startsWith('line_') && (value === 'keep' || value === 'remove')) chosen.set(name.slice(5), value)
  }
  return [...chosen].map(([id, decision]) => ({ id, decision, reason }))
}

async function decide(sent: SentMember): Promise<Answer> {
  const { house, entry, fields } = sent
  const at = await looking(sent)
  const back = `${pathOf(at.review.id)}${text(fields, 'show') === 'mine' ? '?show=mine' : ''}` as const
  const led = freshFirst(sent, back)
  if (led !== undefined) return led
  try {
    const decisions = await decisionsIn(sent, at)
    await house.reviews.decide(entry.organizationId, { memberId: entry.memberId }, at.review.id, decisions)
    return { redirect: back }
  } catch (thrown) {
    return reviewPage(sent, refused(thrown))
  }
}

async function close(sent: SentMember): Promise<Answer> {
  const { house, entry } = sent
  const { review } = await looking(sent)
  const path = pathOf(review.id)
  const led = freshFirst(sent, path)
  if (led !== undefined) return led
  try {
    await house.reviews.close(entry.organizationId, { memberId: entry.memberId }, review.id)
    return { redirect: path }
  } catch (thrown) {
    return reviewPage(sent, refused(thrown))
  }
}

const permission = 'organization.reviews'
const params = { id: idOf('review') }

/** Who decides is shown by name; whoever gets the record gets pseudonyms, as the log has them. */
export const oneReviewRoutes: readonly Route[] = [
  {
    at: 'organization',
    method: 'GET',
    path: `${paths.reviews}/:id`,
    permission,
    example: { params, query: { after: 0 } },
    answer: visit => reviewPage(visit),
  },
  {
    at: 'organization',
    method: 'POST',
    path: `${paths.reviews}/:id/decide`,
    permission,
    example: { params, form: { after: '0', show: 'all', rest: 'leave', reason: 'looked at it' }, honest: false },
    answer: decide,
  },
  {
    at: 'organization',
    method: 'POST',
    path: `${paths.reviews}/:id/close`,
    permission,
    example: { params, honest: false },
    answer: close,
  },
  {
    at: 'organization',
    method: 'GET',
    path: `${paths.reviews}/:id/record`,
    permission,
    example: { params, honest: false },
    async answer({ house, entry, params: { id = '' } }) {
      const record = await house.reviews.record(entry.organizationId, id)
      return { download: { name: `access-review-${id.slice(0, 8)}.json`, media: 'application/json', text: record } }
    },
  },
]
