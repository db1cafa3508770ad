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
    const secs = inSecs(clock.monotonicMs() - startedMs)
    terminal.note(
      `  ${terminal.good('done')}  ${typeof says === 'string' ? says : says(result)} ${terminal.quiet(`${secs} s`)}`,
    )
    return result
  }
}

function inSecs(ms: number): string {
  return (ms / 1000).toFixed(1)
}

/** Milliseconds between two lines about sabotages. */
const sabotagesEveryMs = 10_000

/**
 * Tells the person at the terminal what the prover does: which claim of how many, how the live system stood as soon as
 * that is known, then how many of the broken ones were noticed so far. One that was not gets a line of its own.
 * `claims` is how many a round has; nothing is counted without it.
 */
export function narrator(terminal: Terminal, clock: Clock, claims?: number): (message: FromChild) => void {
  const running = new Map<string, Tried>()
  let begun = 0
  return message => {
    switch (message.type) {
      case 'run': {
        begun += 1
        const nowMs = clock.monotonicMs()
        running.set(message.claim, { of: message.sabotages, caught: 0, begunMs: nowMs, saidMs: nowMs })
        const place = claims === undefined || begun > claims ? '' : ` ${terminal.quiet(`${begun} of ${claims}`)}`
        return terminal.note(`  ${terminal.quiet('attacking')}  ${message.claim}${place}`)
      }
      case 'probed': {
        const line = probedLine(terminal, message, running.get(message.claim), clock.monotonicMs())
        return line === undefined ? undefined : terminal.note(`    ${line}`)
      }
      case 'ran': {
        const paint = { upheld: terminal.good, refuted: terminal.bad, unproven: terminal.doubt }[message.verdict]
        const so = running.get(message.claim)
        const secs = so === undefined ? '' : ` ${terminal.quiet(`${inSecs(clock.monotonicMs() - so.begunMs)} s`)}`
        const why = message.note === '' ? '' : `: ${message.note}`
        return terminal.note(`  ${paint(message.verdict)}  ${message.claim}${why}${secs}`)
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
  readonly begunMs: number
  caught: number
  /** When the last line about it was written. */
  saidMs: number
}

/** On the live system and the untouched twin it is good to hold; on a broken twin it is good to be caught. */
function probedLine(
  { good, bad, quiet }: Terminal,
  { place, good: fine }: Extract<FromChild, { readonly type: 'probed' }>,
  so: Tried | undefined,
  nowMs: number,
): string | undefined {
  if (place === 'live' || place === 'untouched twin') {
    return `${quiet(place)} ${fine ? good('held') : bad('did not hold')}`
  }
  if (!fine) return `${quiet(`sabotage: ${place}`)} ${bad('was not caught')}`
  if (so === undefined) return undefined
  so.caught += 1
  if (so.caught < so.of && nowMs - so.saidMs < sabotagesEveryMs) return undefined
  so.saidMs = nowMs
  return `${quiet('sabotages')} ${good(`${so.caught} of ${so.of} caught`)}`
}
