import { html } from 'hono/html'
import {
  instrumentsOf,
  type ClaimReport,
  type ProvenClaim,
  type Sabotage,
  type TriedSabotage,
} from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import { moment } from '../times.ts'
import { paths } from '../view.ts'
import { number, sentenceCase } from '../words.ts'
import { sign } from './signs.ts'

export const outcomes = {
  caught: { verdict: 'upheld', words: 'caught' },
  missed: { verdict: 'refuted', words: 'missed' },
  errored: { verdict: 'unproven', words: 'could not be tried' },
  untried: { verdict: 'planned', words: 'not tried yet' },
} as const

/**
 * Every way in which we break a copy of the system, by every instrument: which noticed it, when, and by what.
 * On a narrow screen its rows become blocks, which would end the table for a screen reader: hence the roles.
 */
export function matrix(claim: ProvenClaim, of: ClaimReport): Markup | '' {
  if (claim.instruments === undefined) return ''
  const run = of.lastRun
  const tried = new Map(run?.record.sabotages.map(one => [one.name, one]))
  return html`<section class="part" id="matrix">
    <h2>What we break, and what notices</h2>
    <div>
      ${
        run === undefined
          ? html`<p class="aside">Nothing was tried yet. Each line is a way to break a copy of the system.</p>`
          : html`<p class="aside">
              Each line was done to a copy of the system on purpose. Every instrument looked at that copy by itself, and
              was timed to the first thing it found. From
              <a href="${paths.entry(run.index)}">run ${number(run.record.sequence)}</a>,
              ${moment(run.record.finished_at)}.
            </p>`
      }
      <table class="matrix" role="table">
        <caption class="unseen">
          Ways to break the promise, and what each instrument made of them
        </caption>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">What we broke</th>
            ${claim.instruments.map(({ name }) => html`<th role="columnheader" scope="col">${sentenceCase(name)}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${claim.sabotages.map(sabotage => row(claim, sabotage, tried.get(sabotage.name)))}
        </tbody>
      </table>
    </div>
  </section>`
}

function row(claim: ProvenClaim, sabotage: Sabotage, tried: TriedSabotage | undefined): Markup {
  return html`<tr role="row">
    <th role="rowheader" scope="row">${sentenceCase(sabotage.says)} <code>${sabotage.name}</code></th>
    ${instrumentsOf(claim).map(({ name }) => html`<td role="cell">${cell(name, sabotage, tried)}</td>`)}
  </tr>`
}

/** A mark and always words: noticed after so long and by what, or why it is not meant to be. */
function cell(instrument: string, { beyond = {} }: Sabotage, tried: TriedSabotage | undefined): Markup {
  const by = html`<span class="by" aria-hidden="true">${sentenceCase(instrument)}: </span>`
  const noticed = tried?.noticed?.find(one => one[0] === instrument)
  if (noticed !== undefined) {
    const [, afterMs, attack] = noticed
    return html`<span class="cell upheld"
      >${sign('upheld')}<span
        >${by}noticed in ${milliseconds(afterMs)} ${attack === '' ? '' : html`<code>${attack}</code>`}</span
      ></span
    >`
  }
  const reason = beyond[instrument]
  if (reason !== undefined) {
    return html`<span class="cell planned">${sign('planned')}<span>${by}not meant to: ${reason}</span></span>`
  }
  const outcome = outcomes[tried === undefined ? 'untried' : tried.outcome === 'errored' ? 'errored' : 'missed']
  return html`<span class="cell ${outcome.verdict}">${sign(outcome.verdict)}<span>${by}${outcome.words}</span></span>`
}

function milliseconds(ms: number): string {
  return `${number(ms)} ms`
}
