import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import type { LookReport } from '../model.ts'
import { count, oneLine } from '../words.ts'
import { name } from './name.ts'

const attacksShownMax = 200

/** What attacks on the scratch copy came to; the beaten ones are counted, the others told. */
export function attacksPart({ scratch }: LookReport): Markup | '' {
  if (scratch === undefined) return ''
  const told = scratch.attacks.filter(({ outcome }) => outcome !== 'beaten')
  return html`<section class="part">
    <h2>Attacks on the scratch copy</h2>
    <div>
      <p>
        ${count(scratch.counts.beaten, 'attack')} beaten, ${scratch.counts.cameThrough} came through,
        ${scratch.counts.notTried} not tried.
      </p>
      <ul class="places">
        ${told.slice(0, attacksShownMax).map(
          ({ attack, where, outcome, why }) =>
            html`<li class="${outcome === 'came through' ? 'refuted' : 'unproven'}">
              <p><span class="verdict">${outcome}</span> ${oneLine(attack)} at ${name(where)}</p>
              <p class="soft"><bdi>${oneLine(why)}</bdi></p>
            </li>`,
        )}
      </ul>
      ${told.length > attacksShownMax ? html`<p>And ${told.length - attacksShownMax} more.</p>` : ''}
      ${
        scratch.notCovered.length === 0
          ? ''
          : html`<h3>What no attack of this kind can see</h3>
              <ul class="marks">
                ${scratch.notCovered.map(one => html`<li>${one}</li>`)}
              </ul>`
      }
    </div>
  </section>`
}
