import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import { ago } from '../times.ts'
import type { View, WitnessState } from '../view.ts'
import { count } from '../words.ts'

/** Who else has signed the head of the log, and when. What is missing is said as plainly as what is there. */
export function witnessed({ witnesses, report: { log }, nowMs }: View): Markup {
  const size = log?.size ?? 0
  const current = witnesses.filter(({ signed }) => signed?.size === size).length
  return html`<h3>Witnesses</h3>
    ${
      current === 0
        ? html`<p class="notice warn"><strong>Not yet witnessed.</strong> ${why(witnesses)}</p>`
        : html`<p>${count(current, 'witness', 'witnesses')} run by others signed exactly this head.</p>`
    }
    ${
      witnesses.length === 0
        ? ''
        : html`<dl class="facts">
            ${witnesses.map(
              ({ name, signed }) =>
                html`<dt><code>${name}</code></dt>
                  <dd>${signed === undefined ? 'has signed nothing yet' : signature(signed, size, nowMs)}</dd>`,
            )}
          </dl>`
    }`
}

function why(witnesses: readonly WitnessState[]): string {
  return witnesses.length === 0
    ? 'Nobody but us has signed this head. Any customer can: upheld witness.'
    : 'Witnesses sign a little later than we do. What they signed last stands below.'
}

function signature({ size, at }: NonNullable<WitnessState['signed']>, current: number, nowMs: number): Markup {
  return size === current
    ? html`signed this head ${ago(at, nowMs)}`
    : html`signed ${count(size, 'entry', 'entries')} ${ago(at, nowMs)}`
}
