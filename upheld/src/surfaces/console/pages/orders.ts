import { html } from 'hono/html'
import { UpheldError } from '../../../core/errors.ts'
import { isUnreachable } from '../../../proof/claims/index.ts'
import type { Order, Step } from '../../../proof/orders/index.ts'
import type { Markup } from '../../look/index.ts'
import { text } from '../../people/index.ts'
import { told } from '../frame.ts'
import { paths } from '../paths.ts'
import type { Answer, Sent, Visit } from '../ports.ts'
import type { StreamEvent } from '../streams.ts'
import { when } from '../times.ts'
import { actWords, outcomeShort, pseudonym, stateWords, stepWords } from '../words.ts'

/** What was ordered, and what operators did. */
export async function ordersPage({ house }: Visit): Promise<Answer> {
  const [orders, acts] = await Promise.all([house.desk.orders(), house.desk.acts()])
  const now = house.clock.now()
  return {
    title: 'Orders',
    body: html`<h1>Orders</h1>
      <p>
        One at a time for each claim, 20 an hour for each person, kept for 30 days. A prover takes them between the
        turns of its schedule.
      </p>
      ${orders.length === 0 ? html`<p class="empty">Nothing was ordered lately.</p>` : orderRows(orders, now)}
      <section class="stack" aria-labelledby="acts">
        <h2 id="acts">What operators did</h2>
        ${
          acts.length === 0
            ? html`<p class="empty">Nothing yet.</p>`
            : html`<ul class="acts">
                ${acts.map(
                  ({ at, operator, act, claim, sabotage }) =>
                    html`<li>
                      ${when(at, now)}: ${pseudonym(operator)} ${actWords[act]}, <code>${claim}</code>${
                        sabotage === null ? '' : `, “${sabotage}”`
                      }
                    </li>`,
                )}
              </ul>`
        }
      </section>`,
  }
}

export function orderRows(orders: readonly Order[], now: Date): Markup {
  return html`<div class="rows">
    ${orders.map(one => {
      const { says, tone } =
        one.outcome === null ? { says: one.held ? 'in work' : 'waits', tone: 'info' } : outcomeShort[one.outcome]
      return html`<a class="row" href="${paths.order(one.id)}">
        <span class="title">${one.claim}</span>
        <span class="meta">${what(one)}, by ${pseudonym(one.operator)}</span>
        <span class="end"><span class="badge ${tone}">${says}</span><br />${when(one.placed_at, now)}</span>
      </a>`
    })}
  </div>`
}

function what({ sabotage }: Order): string {
  return sabotage === null ? 'a run' : `“${sabotage}” in a twin`
}

/** Places an order, and leads to it; what is refused is said with the way to the order that lives. */
export async function placeOrder({ house, colleague, fields }: Sent): Promise<Answer> {
  const [claim, sabotage] = [text(fields, 'claim'), fields.get('sabotage')]
  try {
    return { redirect: paths.order(await house.desk.place(colleague.present.personId, claim, sabotage)) }
  } catch (thrown) {
    if (!(thrown instanceof UpheldError) || thrown.status >= 500) throw thrown
    const busy =
      thrown.code === 'orders.busy' ? (await house.desk.orders(claim)).find(one => one.ended_at === null) : undefined
    return {
      title: 'Nothing was ordered',
      status: thrown.status,
      body: html`<h1>Nothing was ordered</h1>
        ${told(thrown)}
        ${busy === undefined ? '' : html`<p><a href="${paths.order(busy.id)}">Follow that order</a></p>`}
        <p><a href="${paths.claims}">Back to the claims</a></p>`,
    }
  }
}

/** One order: its state and steps as they are, and a script that adds those that come. Without it, the link looks again. */
export async function orderPage({ house, params }: Visit): Promise<Answer> {
  const order = await house.desk.order(params['id'] ?? '')
  const steps = await house.desk.steps(order.id, 0)
  const now = house.clock.now()
  const ended = order.ended_at !== null
  return {
    title: `Order for ${order.claim}`,
    body: html`<p class="crumb"><a href="${paths.orders}">Orders</a></p>
      <h1>Order for ${order.claim}</h1>
      <dl class="facts">
        <dt>What</dt>
        <dd>${what(order)}</dd>
        <dt>Placed</dt>
        <dd>${when(order.placed_at, now)}, by ${pseudonym(order.operator)}</dd>
        ${
          order.sequence === null
            ? ''
            : html`<dt>Run</dt>
                <dd><a href="${paths.claim(order.claim)}#runs">${order.sequence}</a></dd>`
        }
      </dl>
      <p class="notice" role="status" data-state>${stateWords(order)}</p>
      ${
        order.sabotage === null
          ? ''
          : html`<p>
              What follows is no evidence: nothing of it goes into the log, and no verdict comes of it. The runs of the
              schedule try every sabotage, and those count.
            </p>`
      }
      ${stepList(order, steps)}
      <p ${ended ? html`hidden` : ''} data-while><a href="${paths.order(order.id)}">Look again</a></p>
      <p ${ended ? '' : html`hidden`} data-ended><a href="${paths.claim(order.claim)}">The claim</a></p>`,
  }
}

function stepList({ id, ended_at }: Order, steps: readonly Step[]): Markup {
  const items = steps.map(
    ({ at, word, place }) =>
      html`<li>
        <time datetime="${at.toISOString()}">${at.toISOString().slice(11, 19)} UTC</time> ${stepWords({ word, place })}
      </li>`,
  )
  if (ended_at !== null)
    return html`<ol class="steps">
      ${items}
    </ol>`
  return html`<ol class="steps" data-events="${paths.events(id)}" data-after="${steps.at(-1)?.step ?? 0}">
    ${items}
  </ol>`
}

/** The steps of an order as they come, from the one that the browser saw last; then how it ended. */
export async function events({ house, request, params, colleague }: Visit): Promise<Answer> {
  const { desk, streams, people, clock, pollMs = 500 } = house
  const { id } = await desk.order(params['id'] ?? '')
  let after = seenBefore(request)
  let said = ''
  return streams.open({
    operator: colleague.present.personId,
    signal: request.signal,
    pollMs,
    monotonicMs: () => clock.monotonicMs(),
    admitted: async () => {
      const again = await people.site.staff(request).catch((thrown: unknown) => {
        if (isUnreachable(thrown) || thrown instanceof UpheldError) return undefined
        throw thrown
      })
      return again !== undefined && !(again instanceof Response)
    },
    async look() {
      // The order first: what ended has no step after those that are read then.
      const order = await desk.order(id)
      const steps = await desk.steps(id, after)
      after = steps.at(-1)?.step ?? after
      const news: StreamEvent[] = steps.map(({ step, at, word, place }) => ({
        event: 'step',
        id: step,
        data: { step, at: at.toISOString(), says: stepWords({ word, place }) },
      }))
      const says = stateWords(order)
      if (order.ended_at !== null) return { events: [...news, { event: 'end', data: { says } }], over: true }
      if (says !== said) news.push({ event: 'state', data: { says } })
      said = says
      return { events: news, over: false }
    },
  })
}

/** What the browser names when it asks again; a page that has steps already is not shown them twice by its script. */
function seenBefore(request: Request): number {
  const text = request.headers.get('last-event-id') ?? ''
  return /^\d{1,4}$/.test(text) ? Number(text) : 0
}
