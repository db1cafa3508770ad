import { html } from 'hono/html'
import {
  type ClaimReport,
  type PageNote,
  publishedPage,
  type PublishedPage,
  type TrustReport,
  type Verdict,
} from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import { ago, day } from '../times.ts'
import { byTopic } from '../topics.ts'
import { paths, type Emergencies, type View } from '../view.ts'
import { number, verdictWords } from '../words.ts'
import { redFindings } from './findings.ts'
import { frame } from './frame.ts'
import { how } from './how.ts'
import { note } from './note.ts'
import { sign } from './signs.ts'

/** The security page itself: a set document with the proof in its margin. */
export function documentPage(view: View): Markup {
  const { report } = view
  const page = publishedPage(view.page, report)
  const main = html`<div class="opening">
      <h1 dir="auto">${page.title}</h1>
      <p class="lede" dir="auto">${page.lede}</p>
      ${tally(view)}
    </div>
    ${page.sections.map(section => part(section, view))} ${emergencies(view)} ${coming(report)} ${withdrawn(report)}`
  return frame(view, { title: page.title, current: paths.page, main })
}

const tallied = ['upheld', 'attested', 'refuted', 'unproven', 'planned'] as const

function tally({ report, nowMs }: View): Markup {
  const last = report.claims
    .map(of => of.lastRun?.record.finished_at ?? '')
    .reduce((newest, at) => (at > newest ? at : newest), '')
  return html`<ul class="tally">
    ${tallied.map(verdict => tallyItem(verdict, report.claims))}
    <li class="rest">
      <span>${last === '' ? 'not attacked yet' : html`last attack <b>${ago(last, nowMs)}</b>`}</span>
      ${report.log === undefined ? '' : html`<span>log entry <b>${number(report.log.size)}</b></span>`}
      <a href="${paths.check}">check it yourself</a>
    </li>
  </ul>`
}

function tallyItem(verdict: Verdict, claims: readonly ClaimReport[]): Markup {
  const size = claims.filter(of => of.standing.verdict === verdict && of.claim.kind !== 'withdrawn').length
  return html`<li class="${verdict}">${sign(verdict)}<b>${number(size)}</b> ${verdictWords[verdict].toLowerCase()}</li>`
}

type Section = PublishedPage['sections'][number]

function part({ title, sentences, notes = [] }: Section, view: View): Markup {
  return html`<section class="part">
    <h2 dir="auto">${title}</h2>
    <div>${sentences.map(sentence => promise(sentence, view))} ${notes.map(one => remark(one))}</div>
  </section>`
}

/** The label is ours: no author can leave it out, so nothing that is only a note reads as a promise. */
function remark(note: PageNote): Markup {
  return html`<p class="aside remark" dir="auto">
    <b>A note, not a promise:</b>
    ${note.map(({ text, href }) => (href === undefined ? text : html`<a href="${href}">${text}</a>`))}
  </p>`
}

function promise({ text, claims, published, instead }: Section['sentences'][number], view: View): Markup {
  const cited = view.report.claims.filter(of => claims.includes(of.claim.id))
  return html`<article class="promise" data-published="${String(published)}">
    <div class="said">
      ${published ? html`<p class="sentence" dir="auto">${text}</p>` : taken(text, instead, cited)}
    </div>
    <div class="notes">${cited.map(of => note(of, view))}</div>
    <div class="hows">${cited.map(of => how(of, view.nowMs))}</div>
  </article>`
}

/** What we say first, and the promise that it replaces after, struck out: also for somebody who only hears it. */
function taken(text: string, instead: string, cited: readonly ClaimReport[]): Markup {
  return html`<p class="instead">${instead}</p>
    ${cited.map(of => redFindings(of))}
    <p class="taken">
      <span class="unseen">Not promised now: </span><s><bdi>${text}</bdi></s>
    </p>`
}

/** Counted in public, so that what is meant for emergencies does not become a habit. */
function emergencies({ emergencies: found }: View): Markup | '' {
  if (found === undefined) return ''
  return html`<section class="part" id="emergencies">
    <h2>Emergencies</h2>
    <div><p class="aside">${found === 'unknown' ? 'They could not be counted just now.' : counted(found)}</p></div>
  </section>`
}

function counted({ broken, reviewedInTime, overdue }: Emergencies): Markup | string {
  if (broken === 0) return 'In the last twelve months our staff entered no organization without its consent.'
  const times = broken === 1 ? 'once' : `${number(broken)} times`
  const late =
    overdue === 0
      ? ''
      : html` <strong>${number(overdue)} of them should have been reviewed by now and was not.</strong>`
  return html`In the last twelve months our staff entered an organization without its consent ${times}. It was told at
  once; ${number(reviewedInTime)} of ${number(broken)} were reviewed by somebody else within 72 hours.${late}`
}

function coming(report: TrustReport): Markup | '' {
  const planned = report.claims.filter(of => of.claim.kind === 'planned')
  if (planned.length === 0) return ''
  return html`<section class="part" id="planned">
    <h2>What we are working on</h2>
    <div>
      <p class="aside">
        None of this is in place, and none of it is promised. Each line moves up the page when it has survived its
        attacks, and not before.
      </p>
      <div class="coming">
        ${byTopic(planned, of => of.claim.id).map(
          ([title, group]) =>
            html`<div class="topic">
              <h3>${title}</h3>
              <ul>
                ${group.map(of => comingItem(of))}
              </ul>
            </div>`,
        )}
      </div>
    </div>
  </section>`
}

function comingItem({ claim, standing }: ClaimReport): Markup {
  return html`<li data-claim="${claim.id}" data-verdict="${standing.verdict}">
    ${sign('planned')}<span
      ><span class="unseen">Planned: </span><a href="${paths.claim(claim.id)}"><bdi>${claim.sentence}</bdi></a></span
    >
  </li>`
}

function withdrawn(report: TrustReport): Markup | '' {
  const taken = report.claims.filter(of => of.claim.kind === 'withdrawn')
  if (taken.length === 0) return ''
  return html`<section class="part" id="withdrawn">
    <h2>What we no longer promise</h2>
    <ul class="coming">
      ${taken.map(
        ({ claim, standing }) =>
          html`<li data-claim="${claim.id}" data-verdict="${standing.verdict}">
            ${sign('refuted')}<span
              ><a href="${paths.claim(claim.id)}"
                ><s><bdi>${claim.sentence}</bdi></s></a
              >
              ${standing.since === undefined ? 'withdrawn' : html`withdrawn on ${day(standing.since)}`}</span
            >
          </li>`,
      )}
    </ul>
  </section>`
}
