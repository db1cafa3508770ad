import type { Clock } from '../../../core/clock.ts'
import type { Limits } from '../limits.ts'

/** Counts what is asked, and says how long the next question may take. */
export interface Budget {
  readonly limits: Limits
  /** Milliseconds for the next question; 0 when the time is up. */
  next(kind: 'request' | 'handshake'): number
  count(): { readonly requests: number; readonly handshakes: number }
}

export function openBudget(limits: Limits, clock: Clock): Budget {
  const endMs = clock.monotonicMs() + limits.lookMsMax
  const asked = { request: 0, handshake: 0 }
  return Object.freeze({
    limits,
    next(kind: 'request' | 'handshake') {
      const leftMs = Math.floor(endMs - clock.monotonicMs())
      if (leftMs <= 0) return 0
      asked[kind] += 1
      return Math.min(limits.answerMsMax, leftMs)
    },
    count: () => ({ requests: asked.request, handshakes: asked.handshake }),
  })
}
