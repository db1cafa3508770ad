import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import { attackGroups } from '../attack-groups.ts'
import type { LookReport } from '../model.ts'
import { count, oneLine } from '../words.ts'
import { name } from './name.ts'

const placesShownMax = 8

/** What attacks on the scratch copy came to; the beaten ones are counted, the others told, each with all its places. */
export function attacksPart({ scratch }: LookReport): Markup | '' {
  if (scratch === undefined) return ''
  return html`<section class="part">
    <h2>Attacks on the scratch copy</h2>
    <div>
      <p>
        ${count(scratch.counts.beaten, 'attack')} beaten, ${scratch.counts.cameThrough} came through,
        ${scratch.counts.notTried} not tried.
      </p>
      <ul class="places">
        ${attackGroups(scratch).map(
          ({ attack, outcome, at }) =>
            html`<li class="${outcome === 'came through' ? 'refuted' : 'unproven'}">
              <p><span class="verdict">${outcome}</span> ${oneLine(attack)}</p>
              ${placesOf(at.slice(0, placesShownMax))} ${rest(at.slice(placesShownMax))}
            </li>`,
        )}
      </ul>
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

type Places = ReturnType<typeof attackGroups>[number]['at']

function placesOf(at: Places): readonly Markup[] {
  return at.map(({ where, why }) => html`<p class="soft">${name(where)}: <bdi>${oneLine(why)}</bdi></p>`)
}

function rest(at: Places): Markup | '' {
  if (at.length === 0) return ''
  return html`<details class="how">
    <summary>${count(at.length, 'more place')}</summary>
    ${placesOf(at)}
  </details>`
}
