import { refuse } from './errors.ts'

// The rule for truncated digests ("beacons") of AWS's specification for searchable encryption: of X different values, N
// bits with sqrt(X) < 2^N < X / 2 keep enough values together that how often one stands there tells little.

/** What is known of a column before it gets a blind index. */
export interface Population {
  /** How many different values it has, or will have. */
  readonly distinct: number
  /** How many rows. */
  readonly rows: number
}

/** How finely a column may be looked up. */
export interface IndexPlan {
  /** For `blindIndex`. */
  readonly bits: number
  /** How many different values share one digest on average: a look-up finds so many, and those that it did not mean are left out once they are opened. */
  readonly valuesForEach: number
  readonly says: string
}

const bitsMax = 128
const reasonForm = /^.{8,500}$/su

/**
 * How many bits a blind index of this column has. Where each value stands once there is nothing to count, and all bits
 * are kept. Where values come again, fewer are; and where the rule leaves no number, as for a yes or no or a state, there
 * is none, unless `evenSo` says why everybody who sees the table may know who has the same.
 * @throws vault.low_entropy
 */
export function planBlindIndex({ distinct, rows }: Population, evenSo?: string): IndexPlan {
  const counts = [distinct, rows].every(count => Number.isSafeInteger(count) && count >= 1) && distinct <= rows
  if (!counts) throw refuse.low_entropy({ detail: 'How many rows, and how many different values, at least 1?' })
  const bits = Math.ceil(Math.log2(distinct / 2)) - 1
  const allowed = bits >= 1 && 2 ** bits > Math.sqrt(distinct)
  if (allowed && distinct === rows) return plan(bitsMax, distinct, 'Each value stands once: all bits.')
  if (allowed) return plan(bits, distinct, `Values come again: ${bits} bits, the most that the rule allows.`)
  if (evenSo === undefined || !reasonForm.test(evenSo)) throw refuse.low_entropy({ detail: `${distinct} values.` })
  return plan(bitsMax, distinct, `Against the rule: ${evenSo}`)
}

function plan(bits: number, distinct: number, says: string): IndexPlan {
  return Object.freeze({ bits, valuesForEach: Math.max(1, distinct / 2 ** bits), says })
}
