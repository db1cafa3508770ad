import type { Clock } from '../../../core/clock.ts'
import type { FromChild } from './messages.ts'

interface Patience {
  readonly heard: (message: FromChild) => void
  /** Why the child is given up, once it is. */
  readonly lost: () => string | undefined
}

/** After its limit a run may still drop its twin and be written down. */
const closingMs = 60_000

interface Run {
  readonly limitMs: number
  readonly endMs: number
}

/**
 * How long a child is waited for. One that says nothing for too long is given up, except within the limit of a run: a
 * long computation is no death. A heartbeat does not excuse a run without end.
 */
export function patience(clock: Clock, silenceMsMax: number): Patience {
  const runs = new Map<string, Run>()
  let heardMs = clock.monotonicMs()
  return Object.freeze({
    heard(message: FromChild) {
      heardMs = clock.monotonicMs()
      if (message.type === 'ran' || message.type === 'trial') runs.delete(message.claim)
      if ((message.type !== 'run' && message.type !== 'trial') || message.limitSecs === undefined) return
      const limitMs = heardMs + message.limitSecs * 1000
      runs.set(message.claim, { limitMs, endMs: limitMs + closingMs + silenceMsMax })
    },
    lost() {
      const nowMs = clock.monotonicMs()
      const silent = nowMs - heardMs > silenceMsMax
      for (const [claim, { limitMs, endMs }] of runs) {
        if (nowMs > endMs || (silent && nowMs > limitMs)) return `hung in ${claim} and was ended`
        if (nowMs <= limitMs) return undefined
      }
      return silent ? `said nothing for ${silenceMsMax / 1000} s and was ended` : undefined
    },
  })
}
