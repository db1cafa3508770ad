import type { Clock } from '../../core/clock.ts'
import { refuse } from './errors.ts'

const tokensMax = 10_000
const minuteMs = 60_000

/** Counts requests of each token, a minute at a time. @throws scim.too_often */
export function paced(perMinute: number, clock: Clock): (tokenId: string) => void {
  const counts = new Map<string, { startedMs: number; count: number }>()
  return tokenId => {
    const nowMs = clock.monotonicMs()
    const known = counts.get(tokenId)
    if (known === undefined || nowMs - known.startedMs >= minuteMs) {
      counts.delete(tokenId)
      for (const oldest of counts.keys()) {
        if (counts.size < tokensMax) break
        counts.delete(oldest)
      }
      counts.set(tokenId, { startedMs: nowMs, count: 1 })
      return
    }
    known.count++
    if (known.count > perMinute) throw refuse.too_often({ retryAfterMs: minuteMs - (nowMs - known.startedMs) })
  }
}
