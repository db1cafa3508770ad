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

/** Tells the person at the terminal what the prover does, one line for each world that it attacks. */
export function narrator(terminal: Terminal): (message: FromChild) => void {
  return message => {
    switch (message.type) {
      case 'run':
        return terminal.note(`  ${terminal.quiet('attacking')}  ${message.claim}`)
      case 'probed':
        return terminal.note(`    ${probedLine(terminal, message)}`)
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

/** On the live system and the untouched twin it is good to hold; on a broken twin it is good to be caught. */
function probedLine({ good, bad, quiet }: Terminal, probed: Extract<FromChild, { readonly type: 'probed' }>): string {
  const whole = probed.place === 'live' || probed.place === 'untouched twin'
  const [fine, wrong] = whole ? ['held', 'did not hold'] : ['caught', 'was not caught']
  const place = whole ? probed.place : `sabotage: ${probed.place}`
  return `${quiet(place)} ${probed.good ? good(fine) : bad(wrong)}`
}
