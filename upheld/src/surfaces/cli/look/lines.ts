import { severities, type Severity } from '../../../proof/lint/index.ts'
import {
  attackGroups,
  count,
  manyLines,
  oneLine,
  type ClaimLine,
  type LookedFinding,
  type LookReport,
  type NotSeen,
} from '../../report/index.ts'
import type { Paint, Terminal } from '../terminal.ts'

const placesShownMax = 10
/** For each rule: whoever mends a database takes them from a file. */
const mendingShownMax = 6
const rulesNamedMax = 4
const attacksShownMax = 20
const margin = ' '.repeat(12)

/** The look for a person at a terminal: what was looked at, what was found, what was not seen, what may be said. */
export function printLook(terminal: Terminal, report: LookReport): void {
  for (const { of, name, facts } of report.looked) {
    terminal.say(`${terminal.strong(of === 'scratch' ? 'scratch copy' : of)}  ${oneLine(name)}`)
    const width = Math.max(0, ...facts.map(([label]) => label.length))
    for (const [label, text] of facts) terminal.say(`  ${terminal.quiet(label.padEnd(width))}  ${oneLine(text)}`)
    terminal.say()
  }
  for (const severity of severities) {
    const found = report.findings.filter(one => one.severity === severity)
    for (const rule of new Set(found.map(one => one.rule)))
      printRule(
        terminal,
        severity,
        found.filter(one => one.rule === rule),
      )
  }
  printAttacks(terminal, report)
  printNotSeen(terminal, report.notSeen)
  printClaims(terminal, report.claims)
}

function paintOf(terminal: Terminal, severity: Severity): Paint {
  if (severity === 'low') return terminal.quiet
  return severity === 'medium' ? terminal.doubt : terminal.bad
}

function printRule(terminal: Terminal, severity: Severity, found: readonly LookedFinding[]): void {
  const [first] = found
  if (first === undefined) return
  const word = paintOf(terminal, severity)(severity.padEnd(9))
  terminal.say(`  ${word} ${terminal.strong(first.title)}  ${terminal.quiet(first.rule)}`)
  printProse(terminal, first.why)
  let room = mendingShownMax
  for (const { of, place, saw, mend } of found.slice(0, placesShownMax)) {
    const label = oneLine(place.label)
    printProse(terminal, `${place.kind} ${label}: ${oneLine(saw)}`, label)
    const shown = mend.slice(0, room)
    room -= shown.length
    // A statement keeps its line ends, each behind our margin: no name in it can pass for a line of the report.
    const lines = shown.flatMap(step => (of === 'database' ? manyLines(step).split('\n') : [oneLine(step)]))
    for (const line of lines) terminal.say(`${margin}    ${line}`)
  }
  printRest(terminal, found, mendingShownMax - room)
  terminal.say()
}

/** What was left out, in one line: never is a report short in silence. */
function printRest(terminal: Terminal, found: readonly LookedFinding[], mendingShown: number): void {
  const places = found.length - placesShownMax
  const mending = found.reduce((sum, { mend }) => sum + mend.length, 0) - mendingShown
  const left = [
    ...(places > 0 ? [count(places, 'more place')] : []),
    ...(mending > 0 ? [count(mending, 'more mending step')] : []),
  ]
  if (left.length > 0) terminal.say(`${margin}${terminal.quiet(`and ${left.join(', ')}: see --json or --html`)}`)
}

/** One line for each attack, with where it came through: an open table is open to twenty of them. */
function printAttacks(terminal: Terminal, { scratch }: LookReport): void {
  if (scratch === undefined) return
  const groups = attackGroups(scratch)
  for (const { attack, outcome, at } of groups.slice(0, attacksShownMax)) {
    const word = outcome === 'came through' ? terminal.bad(outcome) : terminal.doubt(outcome.padEnd(12))
    const [first] = at
    const more = at.length > 1 ? ` ${terminal.quiet(`and ${count(at.length - 1, 'more place')}`)}` : ''
    terminal.say(`  ${word}  ${oneLine(attack)} at ${oneLine(first?.where ?? '')}: ${oneLine(first?.why ?? '')}${more}`)
  }
  const more = groups.length - attacksShownMax
  if (more > 0) terminal.say(terminal.quiet(`  and ${count(more, 'more attack')}: see --json or --html`))
  if (groups.length > 0) terminal.say()
}

/** By reason: one thing that hides many questions is told once. */
function printNotSeen(terminal: Terminal, notSeen: readonly NotSeen[]): void {
  const reasons = [...new Set(notSeen.map(({ why }) => why))]
  for (const reason of reasons) {
    const open = notSeen.filter(({ why }) => why === reason).map(({ rule, what }) => rule ?? what)
    const named = open.slice(0, rulesNamedMax).join(', ')
    const more = open.length > rulesNamedMax ? ` and ${open.length - rulesNamedMax} more` : ''
    terminal.say(`  ${terminal.doubt('unproven'.padEnd(9))} ${oneLine(reason)}`)
    terminal.say(`${margin}${terminal.quiet(`${named}${more}`)}`)
  }
  if (reasons.length > 0) terminal.say()
}

/** Behind our margin, in lines that a terminal need not break. */
function printProse(terminal: Terminal, text: string, name = ''): void {
  for (const line of folded(text, terminal.columns - margin.length))
    terminal.say(`${margin}${name === '' ? line : line.replace(name, () => terminal.strong(name))}`)
}

function folded(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

function printClaims(terminal: Terminal, claims: readonly ClaimLine[]): void {
  const [words, names] = [claims.map(({ standing }) => standing), claims.map(({ claim }) => claim)]
  const [first, second] = [words, names].map(column => Math.max(0, ...column.map(text => text.length)))
  for (const { claim, standing, says } of claims) {
    const paint = standing.startsWith('unproven')
      ? terminal.doubt
      : /^(no|upheld)/.test(standing)
        ? terminal.good
        : terminal.bad
    terminal.say(
      `  ${paint(standing.padEnd(first ?? 0))}  ${terminal.strong(claim.padEnd(second ?? 0))}  ${terminal.quiet(says)}`,
    )
  }
}
