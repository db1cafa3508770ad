import { html } from 'hono/html'
import { type ClaimReport, reasonWords } from '../../../proof/claims/index.ts'
import type { Markup } from '../../look/index.ts'
import { ago, cadence, day, lasted, moment } from '../times.ts'
import { endOf } from '../until.ts'
import type { View } from '../view.ts'
import { count, number, populationWords, sentenceCase } from '../words.ts'
import { daysStrip } from './days.ts'
import { faultOf } from './fault.ts'
import { verdictMark } from './signs.ts'

/** The note in the margin: how a claim stands, since when, and what was done to find out. */
export function note(of: ClaimReport, view: View): Markup {
  const { standing, claim } = of
  return html`<div class="note ${standing.verdict}" data-claim="${claim.id}" data-verdict="${standing.verdict}">
    <p>${verdictMark(standing.verdict)} ${standing.since === undefined ? '' : since(of, standing.since, view)}</p>
    ${standing.verdict === 'unproven' ? html`<p>${sentenceCase(reasonWords[standing.reason])}.</p>` : ''}
    ${details(of, view)}
  </div>`
}

function since({ standing, claim }: ClaimReport, at: string, view: View): Markup | '' {
  if (standing.verdict === 'planned' || claim.kind === 'attested') return ''
  return html`for ${lasted(at, view.nowMs)}`
}

function details(of: ClaimReport, view: View): Markup | '' {
  const { claim } = of
  if (claim.kind === 'planned' || claim.kind === 'withdrawn') return ''
  if (claim.kind === 'attested') {
    return html`<p>By <bdi>${claim.by}</bdi>, on ${day(claim.statedAt)}.</p>
      <p>Counts until ${day(claim.expiresAt)}.</p>`
  }
  const often = html`at least every ${cadence(claim.freshnessMins)}`
  if (of.lastRun === undefined) return html`<p>To be attacked ${often}.</p>`
  const { record } = of.lastRun
  return html`<p>Attacked ${ago(record.finished_at, view.nowMs)}, ${often}.</p>
    <p>${attackWords(record)}.</p>
    ${until(of)} ${faultOf(view.report) === undefined ? daysStrip(of.days) : ''}`
}

/** Until when the verdict holds by itself. In a copy of this page that somebody kept, it is what makes it old. */
function until(of: ClaimReport): Markup | '' {
  const end = endOf(of)
  return end === undefined ? '' : html`<p data-until="${end}">Counts until ${moment(end)}.</p>`
}

/** "9 tables, 4 roles: 1,204 attacks beaten, 2 came through". */
function attackWords(record: NonNullable<ClaimReport['lastRun']>['record']): string {
  const beaten = `${count(record.observations, 'attack')} beaten`
  const through = record.findings_total === 0 ? '' : `, ${number(record.findings_total)} came through`
  const population = populationWords(record.population)
  return `${population === '' ? '' : `${population}: `}${beaten}${through}`
}
