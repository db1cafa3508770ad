import { html } from 'hono/html'
import type { ClaimReport } from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import { length } from '../times.ts'
import { count } from '../words.ts'

/**
 * How fast a break was noticed, and how fast it was mended, over every red there ever was. The first is an upper bound:
 * when it broke is not seen from outside, only that the attempt before still held.
 */
export function spells({ reds }: ClaimReport, nowMs: number): Markup | '' {
  if (reds.length === 0) return ''
  const toRed = reds.flatMap(({ from, heldAt }) => (heldAt === undefined ? [] : [between(heldAt, from)]))
  const toGreen = reds.flatMap(({ from, to }) => (to === undefined ? [] : [between(from, to)]))
  const open = reds.find(({ to }) => to === undefined)
  return html`<dl class="facts wide" data-reds="${reds.length}">
    <dt>Time to red</dt>
    <dd>
      ${
        toRed.length === 0
          ? 'Not known: it had never held before.'
          : html`At most ${length(median(toRed))} in the middle, ${length(Math.max(...toRed))} at worst, of
            ${count(toRed.length, 'red')}. Measured from the begin of the last attempt that held; when it broke in
            between is not seen from outside.`
      }
    </dd>
    <dt>Time to green</dt>
    <dd>
      ${
        toGreen.length === 0
          ? 'It has not come back yet.'
          : html`${length(median(toGreen))} in the middle, ${length(Math.max(...toGreen))} at worst, of
            ${count(toGreen.length, 'red')}: from the first red attempt to the next that held.`
      }
      ${open === undefined ? '' : html` Red now for ${length(Math.max(0, nowMs - Date.parse(open.from)))}.`}
    </dd>
  </dl>`
}

function between(from: string, to: string): number {
  const ms = Date.parse(to) - Date.parse(from)
  return Number.isNaN(ms) ? 0 : Math.max(0, ms)
}

/** Of two in the middle the longer one. */
function median(lengths: readonly number[]): number {
  return lengths.toSorted((a, b) => a - b)[Math.floor(lengths.length / 2)] ?? 0
}
