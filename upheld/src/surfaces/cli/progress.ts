import type { Clock } from '../../core/clock.ts'
import { refuse } from './errors.ts'
import type { Interruptions } from './interruptions.ts'
import type { FromChild } from './processes/messages.ts'
import type { Step } from './system/system.ts'
import type { Terminal } from './terminal.ts'

/** Shows each step of a preparation when it is done, with its time; when asked to stop, begins no further one. */
export function stepper(terminal: Terminal, clock: Clock, stop: Pick<Interruptions, 'signal'>): Step {
  return async (says, work) => {
    if (stop.signal.aborted) throw refuse.interrupted()
    const startedMs = clock.monotonicMs()
    const result = await work()
    const secs = ((clock.monotonicMs() - startedMs) / 1000).toFixed(1)
    terminal.note(
      `  ${terminal.good('done')}  ${typeof says === 'string' ? says : says(result)} ${terminal.quiet(`${secs} s`)}`,
    )
    return result
  }
}

/** Sabotages between two lines about them. */
const sabotagesToALine = 25

/**
 * Tells the person at the terminal what the prover does: how the live system stood as soon as that is known, then how
 * many of the broken ones were noticed so far. One that was not gets a line of its own.
 */
export function narrator(terminal: Terminal): (message: FromChild) => void {
  const running = new Map<string, Tried>()
  return message => {
    switch (message.type) {
      case 'run':
        running.set(message.claim, { of: message.sabotages, caught: 0 })
        return terminal.note(`  ${terminal.quiet('attacking')}  ${message.claim}`)
      case 'probed': {
        const line = probedLine(terminal, message, running.get(message.claim))
        return line === undefined ? undefined : terminal.note(`    ${line}`)
      }
      case 'ran': {
        const paint = { upheld: terminal.good, refuted: terminal.bad, unproven: terminal.doubt }[message.verdict]
        return terminal.note(
          `  ${paint(message.verdict)}  ${message.claim}${message.note === '' ? '' : `: ${message.note}`}`,
        )
      }
      case 'trouble':
        return terminal.note(`  ${terminal.doubt('trouble')}  ${message.says}`)
      default:
        return undefined
    }
  }
}

interface Tried {
  readonly of: number
  caught: number
}

/** On the live system and the untouched twin it is good to hold; on a broken twin it is good to be caught. */
function probedLine(
  { good, bad, quiet }: Terminal,
  { place, good: fine }: Extract<FromChild, { readonly type: 'probed' }>,
  so: Tried | undefined,
): string | undefined {
  if (place === 'live' || place === 'untouched twin') {
    return `${quiet(place)} ${fine ? good('held') : bad('did not hold')}`
  }
  if (!fine) return `${quiet(`sabotage: ${place}`)} ${bad('was not caught')}`
  if (so === undefined) return undefined
  so.caught += 1
  const due = so.caught % sabotagesToALine === 0 || so.caught === so.of
  return due ? `${quiet('sabotages')} ${good(`${so.caught} of ${so.of} caught`)}` : undefined
}
