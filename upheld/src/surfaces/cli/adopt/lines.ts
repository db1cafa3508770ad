import type { Clock } from '../../../core/clock.ts'
import type { AdoptionEvent, Obstacle, Step } from '../../../duties/adoption/index.ts'
import { count } from '../../report/index.ts'
import type { Terminal } from '../terminal.ts'

const progressEveryMs = 1_000

/** A name of the application may hold line breaks; on the terminal each object keeps to its line. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\u2028\u2029]+/g, ' ⏎ ')
}

/** One line when a step begins, one when it is done, one a second while batches run, one for each lock that was missed. */
export function eventLines(terminal: Terminal, clock: Clock): (event: AdoptionEvent) => void {
  let saidMs = -Infinity
  return event => {
    switch (event.type) {
      case 'begun':
        return terminal.note(`  ${terminal.quiet(`${event.number}/${event.of}`)} ${oneLine(event.step.says)}`)
      case 'done':
        return terminal.note(`    ${terminal.good('done')} ${terminal.quiet(`${event.secs.toFixed(1)} s`)}`)
      case 'waiting':
        return terminal.note(`    ${terminal.doubt('locked')} try ${event.attempt}. ${event.blockers}`)
      case 'progress': {
        if (clock.monotonicMs() - saidMs < progressEveryMs) return undefined
        saidMs = clock.monotonicMs()
        const { pages, ofPages, rows, rowsPerSec, secsLeft } = event.progress
        const share = Math.floor((100 * pages) / Math.max(1, ofPages))
        return terminal.note(
          `    ${share}%, ${rows} rows, ${Math.round(rowsPerSec)} rows/s, about ${Math.ceil(secsLeft)} s left`,
        )
      }
    }
  }
}

export function printObstacles(terminal: Terminal, obstacles: readonly Obstacle[]): void {
  for (const { code, object, says, mend, rows } of obstacles) {
    const many = rows === undefined ? '' : ` ${rows.atLeast ? 'At least ' : ''}${count(rows.count, 'row')}.`
    terminal.say(`  ${terminal.bad(code)}  ${terminal.strong(oneLine(object))}  ${says}${many}`)
    terminal.say(`      ${mend}`)
    if (rows !== undefined) terminal.say(`      ${terminal.quiet(oneLine(rows.query))}`)
  }
}

export function printSteps(terminal: Terminal, steps: readonly Step[]): void {
  for (const [at, step] of steps.entries()) {
    terminal.say(`${String(at + 1).padStart(4)}. ${terminal.strong(oneLine(step.says))}`)
    for (const statement of statementsOf(step))
      terminal.say(`      ${terminal.quiet(statement.replaceAll('\n', '\n      '))}`)
    terminal.say(`      Lock: ${locksOf(step)}. ${step.short}`)
    terminal.say(`      Application: ${step.application}`)
    terminal.say(`      Undo: ${step.undo.length === 0 ? 'nothing to do' : oneLine(step.undo.join('; '))}`)
  }
}

function statementsOf(step: Step): readonly string[] {
  if (step.way === 'transaction') return step.statements
  if (step.way === 'alone') return [step.statement]
  return [`update ${step.table} t set organization_id = ${step.expression} where (a range of pages)`]
}

function locksOf(step: Step): string {
  return oneLine(step.locks.map(({ relation, mode }) => `${mode.replace(/Lock$/, '')} on ${relation}`).join(', '))
}
