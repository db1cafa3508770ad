import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import type { Entry } from '../record.ts'
import { moment } from '../times.ts'
import { paths, type View } from '../view.ts'
import { number, populationWords } from '../words.ts'
import { nothing } from './fault.ts'
import { verdictMark } from './signs.ts'

export function runsTable(entries: readonly Entry[], { report }: View): Markup {
  if (entries.length === 0) return nothing('The log holds no run of it.', report)
  return html`<div class="scroll" role="region" aria-label="Every run" tabindex="0">
    <table>
      <thead>
        <tr>
          <th scope="col">Finished</th>
          <th scope="col">Verdict</th>
          <th scope="col">Over</th>
          <th scope="col" class="end">Beaten</th>
          <th scope="col" class="end">Came through</th>
          <th scope="col" class="end">Took</th>
          <th scope="col" class="end">Entry</th>
          <th scope="col" class="end">Proof</th>
        </tr>
      </thead>
      <tbody>
        ${entries.map(entry => runRow(entry))}
      </tbody>
    </table>
  </div>`
}

function runRow({ index, leaf }: Entry): Markup | '' {
  if (leaf?.type !== 'upheld/run@v1') return ''
  return html`<tr>
    <td>${moment(leaf.finished_at)}</td>
    <td>${verdictMark(leaf.verdict)}</td>
    <td>${populationWords(leaf.population)}</td>
    <td class="end">${number(leaf.observations)}</td>
    <td class="end">${number(leaf.findings_total)}</td>
    <td class="end">${seconds(leaf.duration_ms)}</td>
    <td class="end"><a href="${paths.entry(index)}">${number(index)}</a></td>
    <td class="end">
      <a href="${paths.proof(index)}" download
        >proof<span class="unseen"> that entry ${number(index)} is in the log</span></a
      >
    </td>
  </tr>`
}

/** A link to the next, older page, when there is one. */
export function pager(older: number | undefined, path: (before: number) => string): Markup | '' {
  return older === undefined ? '' : html`<p class="pager"><a href="${path(older)}">Older entries</a></p>`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
