import { html } from 'hono/html'
import type { ClaimReport, TrustReport } from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import { day } from '../times.ts'
import { count, sentenceCase } from '../words.ts'
import { faultOf } from './fault.ts'

type Day = ClaimReport['days'][number]

const width = 4
/** What each kind of day looks like: [class, top, height] on a field 16 high. */
const shapes = {
  upheld: ['held', 3, 13],
  refuted: ['broken', 0, 16],
  unproven: ['doubt', 9, 7],
  none: ['nothing', 14, 2],
} as const

const shown = [
  ['refuted', 'refuted'],
  ['unproven', 'unproven'],
  ['upheld', 'upheld'],
  ['none', 'without an attack'],
] as const

/** One bar for each day, oldest first, in one drawing: four paths, no style of its own, and its sense in words. */
export function daysStrip(days: readonly Day[]): Markup | '' {
  if (days.every(day => day.worst === 'none')) return ''
  return html`<svg
      class="days"
      role="img"
      aria-label="${count(days.length, 'day')}: ${daysWords(days)}"
      viewBox="0 0 ${days.length * width} 16"
      preserveAspectRatio="none"
    >
      ${shown.map(([worst]) => bars(days, worst))}
    </svg>
    <p class="tiny">${daysCaption(days)}</p>`
}

/** The strip once more as text: every day that was not held from its first attack to its last. */
export function badDays(days: readonly Day[], report: TrustReport): Markup | '' {
  const bad = days.filter(({ worst }) => worst === 'refuted' || worst === 'unproven').toReversed()
  if (faultOf(report) !== undefined || days.every(({ worst }) => worst === 'none')) return ''
  return html`<section class="part" id="days">
    <h2>The last ${count(days.length, 'day')}</h2>
    <div>
      <p class="aside">${sentenceCase(daysWords(days))}.</p>
      ${
        bad.length === 0
          ? ''
          : html`<ul class="marks">
              ${bad.map(({ day: at, worst }) => html`<li>${day(at)}: ${worst}</li>`)}
            </ul>`
      }
    </div>
  </section>`
}

/** "42 days on record, never refuted". */
function daysCaption(days: readonly Day[]): string {
  const size = (worst: Day['worst']) => days.filter(day => day.worst === worst).length
  const refuted = size('refuted') === 0 ? 'never refuted' : `refuted on ${size('refuted')}`
  const unproven = size('unproven') === 0 ? '' : `, unproven on ${size('unproven')}`
  return `${count(days.length - size('none'), 'day')} on record, ${refuted}${unproven}`
}

/** "1 refuted, 2 unproven, 87 upheld". */
function daysWords(days: readonly Day[]): string {
  return shown
    .map(([worst, word]) => ({ word, size: days.filter(day => day.worst === worst).length }))
    .filter(({ size }) => size > 0)
    .map(({ word, size }) => `${size} ${word}`)
    .join(', ')
}

function bars(days: readonly Day[], worst: Day['worst']): Markup | '' {
  const [name, top, height] = shapes[worst]
  const drawn = days.flatMap((day, place) => (day.worst === worst ? [`M${place * width} ${top}h3v${height}h-3z`] : []))
  return drawn.length === 0 ? '' : html`<path class="${name}" d="${drawn.join('')}" />`
}
