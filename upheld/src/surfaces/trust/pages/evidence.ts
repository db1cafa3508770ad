import { html } from 'hono/html'
import type { Markup } from '../../look/index.ts'
import type { Entry, EntryPage } from '../record.ts'
import { moment } from '../times.ts'
import { paths, type View } from '../view.ts'
import { number } from '../words.ts'
import { nothing } from './fault.ts'
import { frame } from './frame.ts'
import { witnessed } from './witnessed.ts'
import { pager } from './runs.ts'
import { verdictMark } from './signs.ts'

/** What the log is, how to check it without us, and what stands in it. */
export function evidencePage(view: View, { entries, older }: EntryPage): Markup {
  const main = html`<div class="opening">
      <h1>Evidence</h1>
      <p class="lede">
        Every attack and every change of a promise is one line in a signed log that can only grow. You need not believe
        us: take the log, and check it with tools that we did not write.
      </p>
    </div>
    ${head(view)} ${verify(view)}
    <section class="part" id="entries">
      <h2>Entries</h2>
      <div>${entriesTable(entries, view)} ${pager(older, before => `${paths.evidence}?before=${before}#entries`)}</div>
    </section>`
  return frame(view, { title: `Evidence · ${view.page.title}`, current: paths.evidence, main })
}

function head(view: View): Markup {
  const { log } = view.report
  const facts =
    log === undefined
      ? html`<p class="empty">There is no signed checkpoint yet.</p>`
      : html`<dl class="facts">
            <dt>Log</dt>
            <dd><code>${log.origin}</code></dd>
            <dt>Entries</dt>
            <dd>${number(log.size)}</dd>
            <dt>Root</dt>
            <dd><code>${log.root}</code></dd>
            <dt>Key</dt>
            <dd><code>${log.key}</code></dd>
            <dt>Signed</dt>
            <dd>${moment(log.signedAt)}</dd>
          </dl>
          <pre>${log.checkpoint}</pre>
          ${witnessed(view)}`
  return html`<section class="part">
    <h2>Checkpoint</h2>
    <div class="prose">${facts}</div>
  </section>`
}

function verify({ origin, report: { log } }: View): Markup {
  const url = (path: string) => `${origin}${path}`
  return html`<section class="part" id="verify">
    <h2>Verify without us</h2>
    <div class="prose">
      <p><a href="${paths.check}">Check it in this browser</a>, or without any page of ours:</p>
      <p>
        Keep the key above where we cannot reach it. Then take everything, go offline, and check every entry, the tree
        over them, and the signature on its root.
      </p>
      <pre>
curl -o evidence.json ${url(paths.bundle)}
npx upheld verify evidence.json${log === undefined ? '' : html` --key '${log.key}'`}</pre>
      <p>
        No tool of ours is needed. The checkpoint and the tiles are plain
        <a href="https://c2sp.org/tlog-tiles" rel="noreferrer">C2SP tlog-tiles</a>, which Go’s
        <code>golang.org/x/mod/sumdb/note</code> and <code>tlog</code> read; each entry is one JSON text, and its leaf
        hash is SHA-256 over a zero byte and that text. <a href="${paths.tools}">Step by step</a>.
      </p>
      <pre>
${url(paths.checkpoint)}
${url(`${paths.evidence}/tile/0/000${log === undefined || log.size >= 256 ? '' : `.p/${log.size}`}`)}
${url(`${paths.evidence}/tile/entries/000${log === undefined || log.size >= 256 ? '' : `.p/${log.size}`}`)}</pre>
    </div>
  </section>`
}

function entriesTable(entries: readonly Entry[], { report }: View): Markup {
  if (entries.length === 0) return nothing('The log has no entry here.', report)
  return html`<div class="scroll" role="region" aria-label="Entries" tabindex="0">
    <table>
      <thead>
        <tr>
          <th scope="col" class="end">Entry</th>
          <th scope="col">What</th>
          <th scope="col">Claim</th>
          <th scope="col">When</th>
          <th scope="col" class="end">Proof</th>
        </tr>
      </thead>
      <tbody>
        ${entries.map(entry => entryRow(entry))}
      </tbody>
    </table>
  </div>`
}

function entryRow({ index, leaf }: Entry): Markup {
  const claim = leaf === undefined ? '' : html`<a href="${paths.claim(leaf.claim)}">${leaf.claim}</a>`
  const at = leaf === undefined ? '' : moment(leaf.type === 'upheld/run@v1' ? leaf.finished_at : leaf.at)
  return html`<tr id="entry-${index}">
    <td class="end">${number(index)}</td>
    <td>${what(leaf)}</td>
    <td>${claim}</td>
    <td>${at}</td>
    <td class="end">
      <a href="${paths.proof(index)}">proof<span class="unseen"> that entry ${number(index)} is in the log</span></a>
    </td>
  </tr>`
}

function what(leaf: Entry['leaf']): Markup | string {
  if (leaf === undefined) return 'an entry of a kind that this page does not know'
  if (leaf.type === 'upheld/run@v1') return html`run ${number(leaf.sequence)} ${verdictMark(leaf.verdict)}`
  return leaf.type === 'upheld/claim@v1' ? 'claim set down' : 'claim withdrawn'
}
