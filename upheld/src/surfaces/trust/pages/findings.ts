import { html } from 'hono/html'
import type { ClaimReport, RunRecord } from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import { count } from '../words.ts'

/** What came through, openly: at most 20 are in the record, and the page says how many there were in all. */
export function findingsList(findings: RunRecord['findings'], total: number): Markup | '' {
  if (findings.length === 0) return ''
  const hidden = total - findings.length
  return html`<ul class="findings">
    ${findings.map(
      ({ attack, where, saw }) =>
        html`<li>
          <strong><bdi>${attack}</bdi></strong>
          <span class="where"
            ><code><bdi>${where}</bdi></code
            >: <bdi>${saw}</bdi></span
          >
        </li>`,
    )}
    ${hidden > 0 ? html`<li class="soft">and ${count(hidden, 'more', 'more')}</li>` : ''}
  </ul>`
}

/** What the attack that refuted a claim saw; nothing while it is not refuted. */
export function redFindings({ standing, lastRun }: ClaimReport): Markup | '' {
  if (standing.verdict !== 'refuted' || lastRun === undefined) return ''
  return findingsList(lastRun.record.findings, lastRun.record.findings_total)
}
