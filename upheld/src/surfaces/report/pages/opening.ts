import { html } from 'hono/html'
import { severities, type Severity } from '../../../proof/lint/index.ts'
import type { Markup } from '../../look/index.ts'
import type { LookReport } from '../model.ts'
import { count } from '../words.ts'
import { name } from './name.ts'

/** The answer first: how many holes, how bad, and what was not seen. */
export function opening(report: LookReport): Markup {
  return html`<div class="opening">
    <p class="crumb">What a look saw, <time datetime="${report.at}">${day(report.at)}</time></p>
    <h1>${headline(report)}</h1>
    <p class="lede">${lede(report)}</p>
    <p class="tally">
      ${severities.map(severity => html`<span class="${severity}"><b>${ofSeverity(report, severity)}</b> ${severity}</span>`)}
      <span class="unproven"><b>${report.notSeen.length + report.faults.length}</b> not seen</span>
    </p>
    ${report.looked.map(one => html`<p class="crumb subject">${subjects[one.of]} ${name(one.name)}</p>`)}
    ${report.faults.map(
      fault =>
        html`<p class="notice warn">
          <strong>${subjects[fault.of]}: not looked at.</strong> ${fault.message} ${fault.mend ?? ''}
          <code>${fault.code}</code>
        </p>`,
    )}
  </div>`
}

export const subjects = Object.freeze({
  database: 'The database',
  address: 'The web address',
  scratch: 'The scratch copy',
})

function ofSeverity({ findings }: LookReport, severity: Severity): number {
  return findings.filter(one => one.severity === severity).length
}

function headline(report: LookReport): string {
  const holes = report.findings.filter(({ severity }) => severity !== 'low').length
  const through = report.scratch?.counts.cameThrough ?? 0
  if (holes > 0) return `${count(holes, 'hole')} can be seen.`
  if (through > 0) return `${count(through, 'attack')} came through.`
  if (report.faults.length > 0) return 'Not everything could be looked at.'
  return report.notSeen.length > 0 ? 'No hole was seen, and not everything could be seen.' : 'No hole was seen.'
}

const meanings: readonly (readonly [Severity, string, string])[] = [
  ['critical', 'shows what belongs to others to anybody', 'show what belongs to others to anybody'],
  ['high', 'needs one more step to do so', 'need one more step to do so'],
  ['medium', 'makes an attack easier', 'make an attack easier'],
  ['low', 'is hardening that nothing reaches yet', 'are hardening that nothing reaches yet'],
]

function lede(report: LookReport): string {
  const told = meanings.flatMap(([severity, one, many]) => {
    const number = ofSeverity(report, severity)
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`]
  })
  const found = told.length === 0 ? '' : `Of what was found, ${told.join('; ')}. `
  const blind = report.notSeen.length
  const unseen =
    blind === 0
      ? 'Every rule could see what it needed.'
      : `${count(blind, 'question')} stayed open: nothing is said about ${blind === 1 ? 'it' : 'them'}, neither good nor bad.`
  const through = report.scratch?.counts.cameThrough ?? 0
  const proven = through === 0 ? '' : `In the scratch copy ${count(through, 'attack')} came through. `
  return `${found}${proven}${unseen}`
}

function day(iso: string): string {
  return new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso))
}
