import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import type { Change } from '../record.ts'
import { paths, type View } from '../view.ts'
import { changesList, redsList } from './changes.ts'
import { frame } from './frame.ts'
import { pager } from './runs.ts'

interface HistoryPage {
  readonly changes: readonly Change[]
  readonly older: number | undefined
}

/** Every red there ever was, and every change to what is promised. */
export function historyPage(view: View, { changes, older }: HistoryPage): Markup {
  const main = html`<div class="opening">
      <h1>History</h1>
      <p class="lede">
        Every attack that ever came through, and every change to what we promise. Both come from a log that can only
        grow, so nobody can tidy them away, and neither can we.
      </p>
    </div>
    <section class="part">
      <h2>Attacks that came through</h2>
      <div>${redsList(view.report.claims, view)}</div>
    </section>
    <section class="part" id="changes">
      <h2>Changes to what we promise</h2>
      <div>${changesList(changes, view)} ${pager(older, before => `${paths.history}?before=${before}#changes`)}</div>
    </section>`
  return frame(view, { title: `History · ${view.page.title}`, current: paths.history, main })
}
