import { html } from 'hono/html'
import type { TrustReport } from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'

/** What is wrong with the record itself, above everything else on every page. */
export function faultNotice(report: TrustReport): Markup | '' {
  const said = faultOf(report)
  if (said === undefined) return ''
  return html`<p class="notice bad">
    <strong>Our own record does not hold.</strong> ${said} Until it does, we promise nothing on this page.
  </p>`
}

/** Words for a list with nothing in it. While the record does not hold, an empty list says nothing good. */
export function nothing(words: string, report: TrustReport): Markup {
  return html`<p class="empty">${faultOf(report) === undefined ? words : 'Not shown: our record does not hold.'}</p>`
}

/** In words; undefined while the record holds. */
export function faultOf({ recordFault, log }: TrustReport): string | undefined {
  return recordFault ?? (log === undefined ? 'There is no signed checkpoint yet.' : undefined)
}
