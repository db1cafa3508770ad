import { html } from 'hono/html'
import type { ClaimReport } from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import type { Change } from '../record.ts'
import { length, moment } from '../times.ts'
import { paths, type View } from '../view.ts'
import { number, shortDigest } from '../words.ts'
import { nothing } from './fault.ts'
import { findingsList } from './findings.ts'

const kindWords = { added: 'Added', changed: 'Changed', withdrawn: 'Withdrawn' } as const

export function changesList(changes: readonly Change[], { report }: View): Markup {
  if (changes.length === 0) return nothing('The log holds no change here.', report)
  return html`<ol class="events">
    ${changes.map(
      change =>
        html`<li>
          <p class="when">${moment(change.at)}</p>
          <div>
            <p><strong>${kindWords[change.kind]}</strong> <a href="${paths.claim(change.claim)}">${change.claim}</a></p>
            <p class="quote">
              ${change.kind === 'withdrawn' ? html`<s><bdi>${change.sentence}</bdi></s>` : html`“<bdi>${change.sentence}</bdi>”`}
            </p>
            ${change.parts.length === 0 ? '' : html`<p>What is other: ${change.parts.join(', ')}.</p>`}
            <p class="soft">
              <code title="${change.digest}">${shortDigest(change.digest)}</code>,
              <a href="${paths.entry(change.index)}">entry ${number(change.index)}</a>
            </p>
          </div>
        </li>`,
    )}
  </ol>`
}

/** Every refuted spell of these claims, newest first. None is ever left out. */
export function redsList(claims: readonly ClaimReport[], view: View): Markup {
  const reds = claims
    .flatMap(of => of.reds.map(red => ({ ...red, of })))
    .sort((a, b) => (a.from < b.from ? 1 : a.from > b.from ? -1 : 0))
  if (reds.length === 0) return nothing('No attack has come through since this record began.', view.report)
  return html`<ol class="events">
    ${reds.map(
      red =>
        html`<li>
          <p class="when">${moment(red.from)}</p>
          <div>
            <p>
              <strong class="refuted">Refuted</strong> <a href="${paths.claim(red.of.claim.id)}">${red.of.claim.id}</a>,
              ${spell(red.from, red.to, view.nowMs)}
            </p>
            <p class="quote">
              ${red.to === undefined ? html`<s><bdi>${red.of.claim.sentence}</bdi></s>` : html`“<bdi>${red.of.claim.sentence}</bdi>”`}
            </p>
            ${findingsList(red.findings, red.findings.length)} ${noticed(red)}
            <p class="soft"><a href="${paths.entry(red.indexFirst)}">entry ${number(red.indexFirst)}</a></p>
          </div>
        </li>`,
    )}
  </ol>`
}

function spell(from: string, to: string | undefined, nowMs: number): Markup {
  if (to === undefined) return html`for ${length(nowMs - Date.parse(from))} so far`
  return html`for ${length(Date.parse(to) - Date.parse(from))}, until ${moment(to)}`
}

/** When it broke nobody outside knows: only that it still held when the attempt before began. */
function noticed({ from, heldAt }: ClaimReport['reds'][number]): Markup {
  return heldAt === undefined
    ? html`<p class="soft">No attempt before it had held.</p>`
    : html`<p class="soft">
        It broke at most ${length(Math.max(0, Date.parse(from) - Date.parse(heldAt)))} before it was seen: the last
        attempt that held began on ${moment(heldAt)}.
      </p>`
}
