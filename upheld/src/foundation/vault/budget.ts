import { refuse } from './errors.ts'

// The table of limits of C2SP chunked-encryption: 2^55 messages of up to 32 MiB for each key, and a 2^10th as many for
// each 32 times that a message may be larger.

const mib = 2 ** 20
/** Units are counted in two parts: a single number stops counting up at 2^53. */
const part = 2 ** 30

/** In messages of up to 32 MiB. */
export const budgetLimits = Object.freeze({ warn: 2 ** 45, refuse: 2 ** 55 })

/** Keys that are counted; beyond it those that have sealed next to nothing are forgotten. */
const keysMax = 100_000
const nextToNothing = 2 ** 20

export interface Budget {
  /**
   * Before a message of at most `bytes` is sealed under the key.
   * @throws vault.budget_spent
   */
  spend(keyId: string, bytes: number): void
}

interface Count {
  high: number
  low: number
  warned: boolean
}

/**
 * Counts what this process seals under each key since it began. `already` is what is known of a key from before. The
 * limits are of the specification: a process that seals 100,000 values a second for ten years comes to the warning.
 */
export function openBudget({
  onWarning,
  already = () => 0,
}: {
  readonly onWarning: (keyId: string) => void
  readonly already?: (keyId: string) => number
}): Budget {
  const counts = new Map<string, Count>()

  function begin(keyId: string): Count {
    if (counts.size >= keysMax) {
      for (const [id, { high, low }] of counts) if (high === 0 && low < nextToNothing) counts.delete(id)
    }
    const before = already(keyId)
    const count = { high: Math.floor(before / part), low: before % part, warned: false }
    counts.set(keyId, count)
    return count
  }

  return Object.freeze({
    spend(keyId, bytes) {
      const count = counts.get(keyId) ?? begin(keyId)
      const units = unitsOf(bytes)
      const sum = count.low + (units % part)
      const high = count.high + Math.floor(units / part) + (sum >= part ? 1 : 0)
      if (high >= budgetLimits.refuse / part) throw refuse.budget_spent({ detail: `Key ${keyId}.` })
      count.high = high
      count.low = sum % part
      if (count.warned || high < budgetLimits.warn / part) return
      count.warned = true
      onWarning(keyId)
    },
  } satisfies Budget)
}

/** What a message of this size costs. */
function unitsOf(bytes: number): number {
  let units = 1
  for (let size = 32 * mib; size < bytes; size *= 32) units *= 1024
  // The last line of the table, 4 PiB, is not 32 times the one before: there are two of them.
  return Math.min(units, budgetLimits.refuse / 2)
}
