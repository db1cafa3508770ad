import { html } from 'hono/html'
import { instrumentsOf, type AttestedClaim, type ClaimReport, type ProvenClaim } from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import { ago, day, moment } from '../times.ts'
import { paths } from '../view.ts'
import { number, sentenceCase } from '../words.ts'
import { outcomes } from './matrix.ts'
import { sign } from './signs.ts'

/** Folded under a sentence: how its claim is attacked, and why a green means something. */
export function how(of: ClaimReport, nowMs: number): Markup | '' {
  const { claim } = of
  if (claim.kind === 'planned' || claim.kind === 'withdrawn') return ''
  const title = claim.kind === 'proven' ? 'How this is attacked' : 'What this rests on'
  return html`<details class="how">
    <summary>${title}<span class="unseen">: ${claim.id}</span></summary>
    <dl class="facts wide">
      ${claim.kind === 'proven' ? attackFacts(claim, of) : statementFacts(claim)} ${nextAttack(of, nowMs)}
      <dt>Evidence</dt>
      <dd>
        ${
          of.lastRun === undefined
            ? 'no entry yet'
            : html`<a href="${paths.entry(of.lastRun.index)}">entry ${number(of.lastRun.index)}</a>`
        }
        · <a href="${paths.claim(claim.id)}">everything about ${claim.id}</a>
      </dd>
    </dl>
  </details>`
}

export function nextAttack({ nextRunAt }: ClaimReport, nowMs: number): Markup | '' {
  if (nextRunAt === undefined) return ''
  return html`<dt>Next attack</dt>
    <dd>${ago(nextRunAt, nowMs)}</dd>`
}

/** Who answers for what nobody attacks, until when, and for which document. */
export function statementFacts(claim: AttestedClaim): Markup {
  const { by, statedAt, expiresAt, documentDigest } = claim
  return html`${
      claim.population === undefined
        ? ''
        : html`<dt>Covers</dt>
            <dd dir="auto">${extentWords[claim.extent ?? 'part']}: ${claim.population}</dd>`
    }
    <dt>Stated by</dt>
    <dd dir="auto">${by}, on ${day(statedAt)}</dd>
    <dt>Counts until</dt>
    <dd>${day(expiresAt)}</dd>
    <dt>Document</dt>
    <dd><code>${documentDigest}</code></dd>`
}

/** The rows that the folded part and the claim's own page share. */
export function attackFacts(claim: ProvenClaim, of: ClaimReport): Markup {
  return html`${instrumentsOf(claim).map(
      one =>
        html`<dt>${claim.instruments === undefined ? 'Attack' : sentenceCase(one.name)}</dt>
          <dd dir="auto">${one.says}</dd>`,
    )}
    <dt>Covers</dt>
    <dd dir="auto">${extentWords[claim.extent ?? 'part']}: ${claim.population}</dd>
    <dt>Can it fail?</dt>
    <dd>${failures(claim, of)} ${claim.instruments === undefined ? triedList(claim, of) : matrixLink(claim)}</dd>
    ${list('Rests on', claim.assumptions)} ${list('Not covered', claim.notCovered)}`
}

/** How far a sentence may go: its source does not build when it says more. */
const extentWords = { whole: 'The whole', part: 'A part' } as const

const twinWords = {
  held: 'On a copy that nobody broke, every attack was beaten.',
  failed: 'On a copy that nobody broke, it saw a break too, so it proves nothing.',
  not_tried: 'A copy that nobody broke was not tried.',
} as const

function failures(claim: ProvenClaim, of: ClaimReport): Markup {
  const tried = new Map(of.lastRun?.record.sabotages.map(sabotage => [sabotage.name, sabotage.outcome]))
  const caught = claim.sabotages.filter(sabotage => tried.get(sabotage.name) === 'caught').length
  return tried.size === 0
    ? html`<p>In a copy of the system we break this on purpose, and the attack must notice:</p>`
    : html`<p>
        In a copy of the system we broke this on purpose, last ${moment(of.lastRun?.record.finished_at ?? '')}, and the
        attack noticed ${number(caught)} of ${number(claim.sabotages.length)}.
        ${twinWords[of.lastRun?.record.untouched_twin ?? 'not_tried']}
      </p>`
}

function triedList(claim: ProvenClaim, of: ClaimReport): Markup {
  const tried = new Map(of.lastRun?.record.sabotages.map(sabotage => [sabotage.name, sabotage.outcome]))
  return html`<ul class="tried">
    ${claim.sabotages.map(({ name, says }) => {
      const outcome = outcomes[tried.get(name) ?? 'untried']
      return html`<li class="${outcome.verdict}">
        ${sign(outcome.verdict)}<span><bdi>${says}</bdi>: ${outcome.words} <code>${name}</code></span>
      </li>`
    })}
  </ul>`
}

/** Dozens of ways, by several instruments: they have a table of their own. */
function matrixLink(claim: ProvenClaim): Markup {
  return html`<p>
    <a href="${paths.claim(claim.id)}#matrix"
      >${number(claim.sabotages.length)} ways to break it, and what noticed each</a
    >
  </p>`
}

function list(title: string, items: readonly string[]): Markup | '' {
  if (items.length === 0) return ''
  return html`<dt>${title}</dt>
    <dd>
      <ul class="marks">
        ${items.map(item => html`<li>${item}</li>`)}
      </ul>
    </dd>`
}
