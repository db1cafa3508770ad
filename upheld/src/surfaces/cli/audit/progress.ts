import { systemClock } from '../../../core/clock.ts'
import type { Terminal } from '../terminal.ts'

const noteEveryMs = 2_000

/** A line every two seconds at most. */
export function progress(terminal: Terminal): (done: number, of: number) => void {
  let lastMs = systemClock.monotonicMs()
  return (done, of) => {
    const nowMs = systemClock.monotonicMs()
    if (nowMs - lastMs < noteEveryMs) return
    lastMs = nowMs
    terminal.note(`  ${terminal.quiet(`${done} of ${of} entries, ${Math.floor((100 * done) / Math.max(1, of))} %`)}`)
  }
}
