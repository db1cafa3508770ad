import { html } from 'hono/html'
import { reasonWords } from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import { refuse } from '../errors.ts'
import { paths } from '../paths.ts'
import type { Answer, Visit } from '../ports.ts'
import { runsIn, type Run } from '../runs.ts'
import { when } from '../times.ts'
import { verdictBadge } from '../words.ts'

const perPage = 50

/** The runs of all claims, newest first. */
export async function runsPage({ house, url }: Visit): Promise<Answer> {
  const asked = url.searchParams.get('before')
  if (asked !== null && !/^\d{1,15}$/.test(asked)) throw refuse.not_found()
  const found = runsIn(await house.leaves(), { limit: perPage + 1, before: asked === null ? Infinity : Number(asked) })
  const runs = found.slice(0, perPage)
  const older = found.length > perPage ? runs.at(-1)?.index : undefined
  return {
    title: 'Runs',
    body: html`<h1>Runs</h1>
      ${runs.length === 0 ? html`<p class="empty">Nothing has run yet.</p>` : runRows(runs, house.clock.now())}
      ${older === undefined ? '' : html`<p><a href="${paths.runs}?before=${older}">Older runs</a></p>`}`,
  }
}

export function runRows(runs: readonly Run[], now: Date): Markup {
  return html`<table class="cards">
    <thead>
      <tr>
        <th scope="col">Run</th>
        <th scope="col">Verdict</th>
        <th scope="col">Attacks</th>
        <th scope="col">Sabotages caught</th>
        <th scope="col">Took</th>
        <th scope="col">When</th>
        <th scope="col">Entry</th>
      </tr>
    </thead>
    <tbody>
      ${runs.map(one => runRow(one, now))}
    </tbody>
  </table>`
}

function runRow({ index, record }: Run, now: Date): Markup {
  const caught = record.sabotages.filter(({ outcome }) => outcome === 'caught').length
  return html`<tr>
    <th scope="row"><a href="${paths.claim(record.claim)}">${record.claim}</a> ${record.sequence}</th>
    <td data-label="Verdict">
      ${verdictBadge(record.verdict)}${record.verdict === 'upheld' ? '' : html`<br />${record.note || reasonWords[record.reason]}`}
    </td>
    <td data-label="Attacks">${record.observations}</td>
    <td data-label="Sabotages caught">${caught} of ${record.sabotages.length}</td>
    <td data-label="Took">${(record.duration_ms / 1000).toFixed(1)} s</td>
    <td data-label="When">${when(record.started_at, now)}</td>
    <td data-label="Entry"><a href="${paths.entry(index)}">${index}</a></td>
  </tr>`
}
