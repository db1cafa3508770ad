import { html } from 'hono/html'
import {
  instrumentsOf,
  reasonWords,
  type ClaimReport,
  type ProvenClaim,
  type TurnNow,
} from '../../../proof/claims/index.ts'
import type { Order } from '../../../proof/orders/index.ts'
import type { Markup } from '../../look/index.ts'
import { refuse } from '../errors.ts'
import { orderForm } from '../frame.ts'
import { paths } from '../paths.ts'
import type { Answer, Visit } from '../ports.ts'
import { catchesOf, runsIn, type Run } from '../runs.ts'
import { duration, when } from '../times.ts'
import { verdictBadge } from '../words.ts'
import { orderRows } from './orders.ts'
import { runRows } from './runs.ts'

const runsShown = 25

/** One claim in full. */
export async function claimPage(visit: Visit): Promise<Answer> {
  const { house, params } = visit
  const id = params['id'] ?? ''
  const [report, turns] = await Promise.all([house.report(), house.turns()])
  const of = report.claims.find(({ claim }) => claim.id === id)
  if (of === undefined) throw refuse.not_found()
  const leaves = await house.leaves()
  const { claim } = of
  const runs = runsIn(leaves, { claim: id, limit: runsShown })
  const orders = claim.kind === 'proven' ? (await house.desk.orders(id)).slice(0, 10) : []
  const now = house.clock.now()
  return {
    title: id,
    body: html`<p class="crumb"><a href="${paths.claims}">Claims</a></p>
      <div class="heading">
        <h1>${id}</h1>
        ${verdictBadge(of.standing.verdict)}
      </div>
      <p class="lede">${claim.sentence}</p>
      ${claim.kind === 'proven' ? runNow(visit, claim, orders) : ''}
      <section class="stack" aria-labelledby="stands">
        <h2 id="stands">How it stands</h2>
        ${standing(of, now)}
      </section>
      ${claim.kind === 'proven' ? proven(visit, { claim, of, turn: turns.find(one => one.claim === id), leaves }) : ''}
      ${
        runs.length === 0
          ? ''
          : html`<section class="stack" aria-labelledby="runs">
              <h2 id="runs">Runs</h2>
              ${runRows(runs, now)}
            </section>`
      }
      ${leafOf(of, leaves)}
      ${
        orders.length === 0
          ? ''
          : html`<section class="stack" aria-labelledby="orders">
              <h2 id="orders">Orders</h2>
              ${orderRows(orders, now)}
            </section>`
      }
      <p><a href="${paths.publicClaim(id)}">This claim on the public page</a></p>`,
  }
}

function runNow({ colleague }: Visit, claim: ProvenClaim, orders: readonly Order[]): Markup {
  const live = orders.find(({ ended_at }) => ended_at === null)
  if (live !== undefined)
    return html`<p class="notice">An order for this claim is live. <a href="${paths.order(live.id)}">Follow it</a>.</p>`
  return html`<div class="actions">
    ${orderForm(colleague.formToken, { claim: claim.id }, 'Run now')}
    <p class="hint">It is a run like any other: whatever it says goes into the log, and stays.</p>
  </div>`
}

function standing({ standing: { reason, since, note }, runsTotal, digest }: ClaimReport, now: Date): Markup {
  return html`<dl class="facts">
    <dt>Why</dt>
    <dd>${reasonWords[reason]}</dd>
    ${fact('Since', since === undefined ? undefined : when(since, now))}
    ${fact('Note', note === '' || note === reasonWords[reason] ? undefined : note)}
    <dt>Runs</dt>
    <dd>${runsTotal}</dd>
    <dt>Definition</dt>
    <dd><code>${digest}</code></dd>
  </dl>`
}

function fact(name: string, says: Markup | string | undefined): Markup | '' {
  return says === undefined
    ? ''
    : html`<dt>${name}</dt>
        <dd>${says}</dd>`
}

interface Proven {
  readonly claim: ProvenClaim
  readonly of: ClaimReport
  readonly turn: TurnNow | undefined
  readonly leaves: Parameters<typeof catchesOf>[0]
}

function proven(visit: Visit, { claim, of, turn, leaves }: Proven): Markup {
  const now = visit.house.clock.now()
  const last = of.lastRun?.record
  return html`<section class="stack" aria-labelledby="schedule">
      <h2 id="schedule">Schedule</h2>
      <dl class="facts">
        ${fact('Last attempt', last === undefined ? 'never' : when(last.started_at, now))}
        ${fact('Next attempt', of.nextRunAt === undefined ? undefined : when(of.nextRunAt, now))}
        ${fact('Evidence counts for', duration(claim.freshnessMins))}
        ${fact('It runs out', last?.verdict === 'upheld' ? when(last.expires_at, now) : undefined)}
        ${fact('Longest run', `${claim.timeoutSecs} seconds`)} ${fact('Whose turn', whose(turn, now))}
      </dl>
    </section>
    <section class="stack" aria-labelledby="attacked">
      <h2 id="attacked">What attacks it</h2>
      <dl class="facts">
        ${instrumentsOf(claim).map(({ name, says }) => fact(name, says))} ${fact('Population', claim.population)}
        ${claim.assumptions.map(one => fact('Assumes', one))} ${claim.notCovered.map(one => fact('Leaves out', one))}
      </dl>
    </section>
    <section class="stack" aria-labelledby="sabotages">
      <h2 id="sabotages">Sabotages</h2>
      <p>
        Each is tried in a twin of its own in every run that gets so far. Tried here by itself, it meets the untouched
        twin and one broken twin: the answer is for you, and is no evidence.
      </p>
      ${sabotages(visit, claim, leaves)}
    </section>`
}

function whose(turn: TurnNow | undefined, now: Date): Markup | string {
  if (turn === undefined) return 'No prover has declared it yet.'
  if (!turn.running)
    return turn.runner === null
      ? 'Nobody’s: it waits until it is due.'
      : 'Of a prover that is gone; the next one takes over.'
  const until = turn.leaseUntil === null ? '' : html`, which answers for it until ${when(turn.leaseUntil, now)}`
  return html`Run ${turn.sequence} is being made by prover <code>${turn.runner?.slice(0, 8) ?? ''}</code>${until}`
}

function sabotages({ house, colleague }: Visit, claim: ProvenClaim, leaves: Parameters<typeof catchesOf>[0]): Markup {
  const caught = catchesOf(leaves, claim)
  const now = house.clock.now()
  return html`<ul class="sabotages">
    ${claim.sabotages.map(({ name, says }) => {
      const last = caught.get(name)
      return html`<li>
        <div>
          <h3>${name}</h3>
          <p>${says}</p>
          <p class="hint">${last === undefined ? 'Never caught yet.' : html`Last caught ${caughtIn(last, now)}.`}</p>
        </div>
        ${orderForm(colleague.formToken, { claim: claim.id, sabotage: name }, 'Try in a twin', 'quiet')}
      </li>`
    })}
  </ul>`
}

function caughtIn({ index, record }: Run, now: Date): Markup {
  return html`${when(record.finished_at, now)}, in <a href="${paths.entry(index)}">run ${record.sequence}</a>`
}

function leafOf({ lastRun }: ClaimReport, leaves: Parameters<typeof catchesOf>[0]): Markup | '' {
  if (lastRun === undefined) return ''
  const { index } = lastRun
  const leaf = leaves[index]
  return html`<section class="stack" aria-labelledby="leaf">
    <h2 id="leaf">Its evidence</h2>
    <p>
      The newest run is entry <a href="${paths.entry(index)}">${index}</a> of ${leaves.length} in the log.
      <a href="${paths.proof(index)}">Its proof</a> can be checked by anybody.
    </p>
    ${
      leaf === undefined
        ? ''
        : html`<details>
            <summary>The leaf</summary>
            <pre tabindex="0" role="region" aria-label="The leaf as it was logged">
${JSON.stringify(leaf.value, undefined, 2)}</pre>
          </details>`
    }
  </section>`
}
