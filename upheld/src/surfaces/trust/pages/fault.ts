import { html } from 'hono/html'
import type { TrustReport } from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import { isStale } from '../reading.ts'
import { ago } from '../times.ts'

/** What is wrong with the record itself, above everything else on every page. */
export function faultNotice(report: TrustReport, nowMs: number): Markup | '' {
  const said = faultOf(report)
  if (said === undefined) return isStale(report) ? staleNotice(report, nowMs) : ''
  return html`<p class="notice bad">
    <strong>Our own record does not hold.</strong> ${said} Until it does, we promise nothing on this page.
  </p>`
}

function staleNotice({ at, log }: TrustReport, nowMs: number): Markup {
  const signed = log === undefined ? '' : html` Its head was signed ${ago(log.signedAt, nowMs)}.`
  return html`<p class="notice bad" data-stale="true">
    <strong>We cannot read our own record now.</strong> What you see is what it said last, ${ago(at, nowMs)}.${signed}
    Until we can read it again, we promise nothing on this page.
  </p>`
}

/** Words for a list with nothing in it. While the record does not hold, an empty list says nothing good. */
export function nothing(words: string, report: TrustReport): Markup {
  const instead = isStale(report) ? 'Not shown: our record cannot be read now.' : words
  return html`<p class="empty">${faultOf(report) === undefined ? instead : 'Not shown: our record does not hold.'}</p>`
}

/** In words; undefined while the record holds. */
export function faultOf({ recordFault, log }: TrustReport): string | undefined {
  return recordFault ?? (log === undefined ? 'There is no signed checkpoint yet.' : undefined)
}
