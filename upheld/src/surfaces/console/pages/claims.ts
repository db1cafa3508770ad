import { html } from 'hono/html'
import type { ClaimReport, TurnNow } from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import { factsOf } from '../facts.ts'
import { paths } from '../paths.ts'
import type { Answer, Visit } from '../ports.ts'
import { when } from '../times.ts'
import { verdictBadge } from '../words.ts'

const order = ['refuted', 'unproven', 'upheld', 'attested'] as const

/** Every claim with its verdict: what needs somebody stands first, plans stand last. */
export async function claimsPage({ house }: Visit): Promise<Answer> {
  const [report, turns] = await Promise.all([house.report(), house.turns()])
  const now = house.clock.now()
  const of = (verdict: string): readonly ClaimReport[] =>
    report.claims.filter(({ standing }) => standing.verdict === verdict)
  const planned = of('planned')
  const amiss = (await factsOf(house, report, turns)).filter(({ ok }) => ok === false)
  return {
    title: 'Claims',
    body: html`<h1>Claims</h1>
      ${report.recordFault === undefined ? '' : html`<p class="notice bad" role="alert">${report.recordFault}</p>`}
      ${
        amiss.length === 0
          ? ''
          : html`<p class="notice warn">${amiss.map(({ says }) => `${says} `)}<a href="${paths.health}">Health</a></p>`
      }
      <ul class="tallies" aria-label="How claims stand">
        ${[...order, 'planned' as const].map(
          verdict => html`<li>${verdictBadge(verdict)} <b>${of(verdict).length}</b></li>`,
        )}
      </ul>
      <div class="rows">
        ${order.flatMap(of).map(one =>
          row(
            one,
            turns.find(({ claim }) => claim === one.claim.id),
            now,
          ),
        )}
      </div>
      ${
        planned.length === 0
          ? ''
          : html`<details>
              <summary>Planned: ${planned.length}</summary>
              <div class="rows">${planned.map(one => row(one, undefined, now))}</div>
            </details>`
      }`,
  }
}

function row(one: ClaimReport, turn: TurnNow | undefined, now: Date): Markup {
  const { claim, standing, lastRun, nextRunAt } = one
  return html`<a class="row" href="${paths.claim(claim.id)}">
    <span class="title">${claim.id}</span>
    <span class="meta">${claim.sentence}</span>
    <span class="end">
      ${verdictBadge(standing.verdict)}<br />
      ${lastRun === undefined ? '' : html`${when(lastRun.record.started_at, now)}, `}
      ${turn?.running === true ? 'running now' : nextRunAt === undefined ? '' : html`next ${when(nextRunAt, now)}`}
    </span>
  </a>`
}
