import type { Clock } from '../../../core/clock.ts'
import type { OrganizationId } from '../../../core/ids.ts'
import { placesOf } from '../../../guards/takeover/index.ts'
import { refuse } from '../errors.ts'

/** Visits that begin at one organization from one address in a minute, so that a proxy before us may stand for many. */
const perMinute = 600
const minuteMs = 60_000
const placesMax = 50_000

/**
 * For a door that asks for nothing: counts by organization and address (IPv4 /32, IPv6 /56), in this process. It is apart
 * from the counts of guesses: visitors of a busy page keep nobody behind the same address from signing in.
 * @throws pages.too_many_visits
 */
export function visitPace(clock: Pick<Clock, 'monotonicMs'>): (organization: OrganizationId, address: string) => void {
  const counts = new Map<string, { readonly startedMs: number; count: number }>()
  return (organization, text) => {
    const nowMs = clock.monotonicMs()
    const { family, address } = placesOf(text)
    const place = `${organization} ${family} ${address}`
    const known = counts.get(place)
    if (known !== undefined && nowMs - known.startedMs < minuteMs) {
      known.count++
      if (known.count <= perMinute) return
      throw refuse.too_many_visits({ retryAfterMs: minuteMs - (nowMs - known.startedMs) })
    }
    counts.delete(place)
    for (const oldest of counts.keys()) {
      if (counts.size < placesMax) break
      counts.delete(oldest)
    }
    counts.set(place, { startedMs: nowMs, count: 1 })
  }
}
