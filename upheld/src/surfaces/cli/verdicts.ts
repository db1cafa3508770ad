import type { ClaimReport, TrustReport, Verdict } from '../../proof/claims/index.ts'
import { exit } from './command.ts'
import type { Paint, Terminal } from './terminal.ts'

const findingsShownMax = 5

/** What a script needs of one claim. */
interface VerdictRow {
  readonly claim: string
  readonly verdict: Verdict
  readonly reason: string
  readonly note: string
  readonly sentence: string
  readonly attacks: number
  readonly population: Readonly<Record<string, number>>
  readonly sabotages: { readonly caught: number; readonly of: number }
  readonly durationMs: number
  readonly findings: readonly { readonly attack: string; readonly where: string; readonly saw: string }[]
}

export function rowOf({ claim, standing, lastRun }: ClaimReport): VerdictRow {
  const run = lastRun?.record
  const sabotages = run?.sabotages ?? []
  return {
    claim: claim.id,
    verdict: standing.verdict,
    reason: standing.reason,
    note: standing.note,
    sentence: claim.sentence,
    attacks: run?.observations ?? 0,
    population: run?.population ?? {},
    sabotages: { caught: sabotages.filter(one => one.outcome === 'caught').length, of: sabotages.length },
    durationMs: run?.duration_ms ?? 0,
    findings: standing.verdict === 'refuted' ? (run?.findings ?? []) : [],
  }
}

/** The worst of what must be proven: a promise not yet made lowers nothing. */
export function exitCode(report: TrustReport, only?: string): number {
  const asked = report.claims.filter(
    ({ claim }) => claim.kind !== 'planned' && (only === undefined || claim.id === only),
  )
  const verdicts = asked.map(({ standing }) => standing.verdict)
  if (verdicts.includes('refuted')) return exit.refuted
  const stands = (verdict: Verdict): boolean => verdict === 'upheld' || verdict === 'attested'
  return report.recordFault === undefined && verdicts.length > 0 && verdicts.every(stands) ? exit.upheld : exit.unproven
}

export function printVerdicts(terminal: Terminal, report: TrustReport, only?: string): void {
  const rows = report.claims.map(rowOf).filter(row => only === undefined || row.claim === only)
  const planned = rows.filter(row => row.verdict === 'planned')
  const width = Math.max(0, ...rows.filter(row => row.verdict !== 'planned').map(row => row.claim.length))
  if (report.recordFault !== undefined)
    terminal.say(`${terminal.bad('The record does not hold.')} ${report.recordFault}`)
  for (const row of rows.filter(one => one.verdict !== 'planned')) printRow(terminal, row, width)
  if (planned.length > 0)
    terminal.say(terminal.quiet(`  ${'planned'.padEnd(9)} ${planned.length} more promises, not made yet`))
}

function printRow(terminal: Terminal, row: VerdictRow, width: number): void {
  const word = paintOf(terminal, row.verdict)(row.verdict.padEnd(9))
  terminal.say(`  ${word} ${terminal.strong(row.claim.padEnd(width))}  ${terminal.quiet(measure(row))}`)
  terminal.say(`${' '.repeat(12)}${row.sentence}`)
  if (row.note !== '' && row.verdict !== 'upheld') terminal.say(`${' '.repeat(12)}${terminal.doubt(row.note)}`)
  for (const { attack, where, saw } of row.findings.slice(0, findingsShownMax)) {
    terminal.say(`${' '.repeat(12)}${terminal.bad('came through:')} ${attack} at ${where}: ${saw}`)
  }
}

function paintOf(terminal: Terminal, verdict: Verdict): Paint {
  if (verdict === 'upheld' || verdict === 'attested') return terminal.good
  return verdict === 'refuted' ? terminal.bad : terminal.doubt
}

function measure({ population, attacks, sabotages, durationMs, reason }: VerdictRow): string {
  if (durationMs === 0) return reason.replaceAll('_', ' ')
  const counted = Object.entries(population).map(([unit, count]) => `${count} ${unit}`)
  const caught = `${sabotages.caught} of ${sabotages.of} sabotages caught`
  return [...counted, `${attacks} attacks beaten`, caught, `${(durationMs / 1000).toFixed(1)} s`].join(', ')
}
