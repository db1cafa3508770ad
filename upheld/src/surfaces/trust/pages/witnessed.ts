import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import { ago, moment } from '../times.ts'
import { paths, type View, type WitnessState } from '../view.ts'
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
              ({ name, signed, refused }) =>
                html`<dt><code>${name}</code></dt>
                  <dd>${signed === undefined ? 'has signed nothing yet' : signature(signed, size, nowMs)}</dd>
                  ${refused === undefined ? '' : html`<dd data-refused="${refused.why}">${refusal(name, refused)}</dd>`}`,
            )}
          </dl>`
    }`
}

function why(witnesses: readonly WitnessState[]): string {
  return witnesses.length === 0
    ? 'Nobody but us has signed this head. Any customer can: upheld witness.'
    : 'Witnesses sign a little later than we do. What they signed last stands below.'
}

function signature({ size, at, root }: NonNullable<WitnessState['signed']>, current: number, nowMs: number): Markup {
  const which = size === current ? 'this head' : count(size, 'entry', 'entries')
  return html`signed ${which} ${ago(at, nowMs)}, root <code>${root}</code>`
}

type Refusal = NonNullable<WitnessState['refused']>

const reasons = {
  ahead: 'It has seen more entries than there are: entries were taken away.',
  other_history:
    'It does not continue what this witness signed before: either we tell two histories, or a thief of our key tells one.',
} as const

function refusal(name: string, { size, at, why, settled }: Refusal): Markup {
  const since = settled ? ' It has signed again since.' : ''
  return html`<strong>${name} refused</strong> to sign our head of ${count(size, 'entry', 'entries')} on ${moment(at)}.
    ${reasons[why]}${since}`
}

/**
 * Above every page while a witness contradicts us. It takes no promise back: a witness alone could else empty this page.
 * Whoever reads it is told whom to ask.
 */
export function refusedNotice({ witnesses }: View): Markup | '' {
  const open = witnesses.flatMap(({ name, refused }) =>
    refused === undefined || refused.settled ? [] : [{ name, refused }],
  )
  if (open.length === 0) return ''
  return html`<div class="notice bad" data-witness="refused">
    <p><strong>A witness refused to sign our log.</strong> Ask it what it has seen before you rely on this page.</p>
    ${open.map(one => html`<p>${refusal(one.name, one.refused)}</p>`)}
    <p><a href="${paths.check}#finding-stolen-key">What that means, and what to do</a></p>
  </div>`
}
