import { html } from 'hono/html'
import { type ClaimReport, type Mappings, publishedPage } from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import { isPromise } from '../reading.ts'
import type { Change, EntryPage } from '../record.ts'
import { answered } from '../standards.ts'
import { paths, type View } from '../view.ts'
import { verdictMeanings } from '../words.ts'
import { changesList, redsList } from './changes.ts'
import { badDays } from './days.ts'
import { redFindings } from './findings.ts'
import { frame } from './frame.ts'
import { attackFacts, nextAttack, statementFacts } from './how.ts'
import { matrix } from './matrix.ts'
import { note } from './note.ts'
import { pager, runsTable } from './runs.ts'
import { spells } from './spells.ts'

interface ClaimPage {
  readonly of: ClaimReport
  readonly runs: EntryPage
  readonly changes: readonly Change[]
}

/** One claim in full. */
export function claimPage(view: View, { of, runs, changes }: ClaimPage): Markup {
  const { id } = of.claim
  const main = html`<div class="opening">
      <p class="crumb"><a href="${paths.page}">Promises</a> / <code>${id}</code></p>
      ${heading(of, view)}
    </div>
    ${proof(of, view, changes)} ${of.claim.kind === 'proven' ? matrix(of.claim, of) : ''}
    ${of.claim.kind === 'proven' || of.claim.kind === 'withdrawn' || of.runsTotal > 0 ? past(of, runs, view) : ''}
    <section class="part" id="changes">
      <h2>What it said, and when</h2>
      <div>${changesList(changes, view)}</div>
    </section>`
  return frame(view, { title: `${id} · ${view.page.title}`, main })
}

function past(of: ClaimReport, runs: EntryPage, view: View): Markup {
  return html`<section class="part" id="runs">
      <h2>Every run</h2>
      <div>
        ${runsTable(runs.entries, view)}
        ${pager(runs.older, before => `${paths.claim(of.claim.id)}?before=${before}#runs`)}
      </div>
    </section>
    ${badDays(of.days, view.report)}
    <section class="part" id="reds">
      <h2>When it was refuted</h2>
      <div>${spells(of, view.nowMs)} ${redsList([of], view)}</div>
    </section>`
}

function heading({ claim, standing }: ClaimReport, view: View): Markup {
  if (isPromise(standing)) return html`<h1 class="claim" dir="auto">${claim.sentence}</h1>`
  const section = { title: claim.id, sentences: [{ text: claim.sentence, claims: [claim.id] }] }
  const said = publishedPage({ ...view.page, sections: [section] }, view.report).sections[0]?.sentences[0]?.instead
  const sentence =
    standing.verdict === 'planned' ? html`“<bdi>${claim.sentence}</bdi>”` : html`<s><bdi>${claim.sentence}</bdi></s>`
  return html`<h1 class="claim none">${said}</h1>
    <p class="taken"><span class="unseen">Not promised now: </span>${sentence}</p>`
}

function proof(of: ClaimReport, view: View, changes: readonly Change[]): Markup {
  const { claim, standing } = of
  return html`<section class="part">
    <h2>How it stands</h2>
    <div class="promise">
      <div class="said">
        <p>${verdictMeanings[standing.verdict]}</p>
        ${redFindings(of)}
      </div>
      <div class="notes">${note(of, view)}</div>
      <div class="hows">
        <dl class="facts wide">
          ${claim.kind === 'proven' ? attackFacts(claim, of) : ''}
          ${claim.kind === 'attested' ? statementFacts(claim) : ''} ${nextAttack(of, view.nowMs)}
          ${standards(claim.mappings)}
          <dt>Definition</dt>
          <dd><code>${of.digest}</code></dd>
          ${codes(changes)}
        </dl>
      </div>
    </div>
  </section>`
}

/** The code that attacks, as the log has it: another digest is other code, and its change stands below. */
function codes(changes: readonly Change[]): Markup | '' {
  const all = changes[0]?.codes ?? []
  if (all.length === 0) return ''
  return html`<dt>Code of the attack</dt>
    <dd>${all.map(code => html`<code>${code}</code> `)}</dd>`
}

function standards(mappings: Mappings): Markup | '' {
  const all = answered(mappings)
  if (all.length === 0) return ''
  return html`<dt>Answers</dt>
    <dd>
      <ul>
        ${all.map(({ name, ids }) => html`<li>${name}: ${ids.join(', ')}</li>`)}
      </ul>
    </dd>`
}
