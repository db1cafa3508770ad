/** Whether two sets of times come from one source: a test that asks only which is larger, so that one slow answer weighs no more than any. */

export interface Compared {
  /** Two-sided, by the normal approximation with ties (Mann and Whitney 1947). Of no use below eight samples each. */
  readonly chance: number
  /** How much more often a time of the first set is the larger one: -1 to 1 (Cliff 1993). */
  readonly effect: number
  /** By how much the first set's median is larger, in the unit of the samples. */
  readonly shift: number
}

export function compareRanks(first: readonly number[], second: readonly number[]): Compared {
  const [m, n] = [first.length, second.length]
  const all = [...first.map(value => ({ value, first: true })), ...second.map(value => ({ value, first: false }))]
  all.sort((a, b) => a.value - b.value)
  let rankSum = 0
  let ties = 0
  for (let from = 0; from < all.length;) {
    let to = from
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1
    const count = to - from
    ties += count ** 3 - count
    const rank = (from + 1 + to) / 2
    rankSum += rank * all.slice(from, to).filter(one => one.first).length
    from = to
  }
  const u = rankSum - (m * (m + 1)) / 2
  const size = m + n
  const variance = ((m * n) / 12) * (size + 1 - ties / (size * (size - 1)))
  const z = variance === 0 ? 0 : Math.max(0, Math.abs(u - (m * n) / 2) - 0.5) / Math.sqrt(variance)
  return { chance: 2 * upperTail(z), effect: (2 * u) / (m * n) - 1, shift: median(first) - median(second) }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2
}

/** 1 - Φ(z), by a continued fraction in the tail and a series before it: good to 1e-12 wherever it is used here. */
function upperTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  if (z > 3) {
    let fraction = z
    for (let step = 60; step >= 1; step -= 1) fraction = z + step / fraction
    return density / fraction
  }
  let term = z
  let sum = z
  for (let step = 1; step < 80; step += 1) {
    term *= (z * z) / (2 * step + 1)
    sum += term
  }
  return 0.5 - density * sum
}
