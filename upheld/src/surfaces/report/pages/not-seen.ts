import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import type { LookReport, NotSeen } from '../model.ts'
import { count, oneLine } from '../words.ts'
import { subjects } from './opening.ts'

/** What could not be seen, by reason: it is neither good nor bad. */
export function notSeenPart({ notSeen }: LookReport): Markup | '' {
  if (notSeen.length === 0) return ''
  const reasons = [...new Set(notSeen.map(({ of, why }) => `${of}\u0000${why}`))]
  return html`<section class="part unproven" id="not-seen">
    <h2>What was not seen</h2>
    <div>
      <p class="aside">Nothing is said about these, neither good nor bad. Whatever rests on them is unproven.</p>
      <ul class="places">
        ${reasons.map(reason => group(notSeen.filter(({ of, why }) => `${of}\u0000${why}` === reason)))}
      </ul>
    </div>
  </section>`
}

function group(all: readonly NotSeen[]): Markup | '' {
  const [first] = all
  if (first === undefined) return ''
  return html`<li>
    <p><span class="kind">${subjects[first.of]}</span> <bdi>${oneLine(first.why)}</bdi></p>
    <details class="how">
      <summary>${count(all.length, 'question')} left open</summary>
      <ul class="marks">
        ${all.map(({ what, rule }) => html`<li>${oneLine(what)} ${rule === undefined ? '' : html`<code>${rule}</code>`}</li>`)}
      </ul>
    </details>
  </li>`
}
