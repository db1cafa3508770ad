import type { Clock } from '../../../core/clock.ts'
import type { FromChild } from './messages.ts'

export interface Patience {
  readonly heard: (message: FromChild) => void
  /** Why the child is given up, once it is. */
  readonly lost: () => string | undefined
}

/**
 * How long a child is waited for. While it runs a claim, that run's own limit and the allowed silence count together:
 * a heartbeat does not excuse a run without end, and a long computation within its limit is no death.
 * Between runs, and while it starts, silence alone counts.
 */
export function patience(clock: Clock, silenceMsMax: number): Patience {
  const runs = new Map<string, number>()
  let heardMs = clock.monotonicMs()
  return Object.freeze({
    heard(message: FromChild) {
      heardMs = clock.monotonicMs()
      if (message.type === 'run') runs.set(message.claim, heardMs + message.limitSecs * 1000 + silenceMsMax)
      if (message.type === 'ran') runs.delete(message.claim)
    },
    lost() {
      const nowMs = clock.monotonicMs()
      for (const [claim, untilMs] of runs) if (nowMs > untilMs) return `hung in ${claim} and was ended`
      const silent = runs.size === 0 && nowMs - heardMs > silenceMsMax
      return silent ? `said nothing for ${silenceMsMax / 1000} s and was ended` : undefined
    },
  })
}
