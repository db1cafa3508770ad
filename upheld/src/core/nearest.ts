/** Edits (one letter put in, taken out, changed, or two neighbors swapped) between two short words. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const edits = [(last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1)]
      if (swapped) edits.push((beforeLast[j - 2] ?? 0) + 1)
      row.push(Math.min(...edits))
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

/** The word that somebody meant, unless none is near: at most two edits, or a third of the word if it is long. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const short = word.slice(0, 64)
  const [best] = known
    .map(candidate => ({
      candidate,
      edits: candidate.startsWith(short) && short.length > 2 ? 1 : distance(short, candidate),
    }))
    .sort((a, b) => a.edits - b.edits)
  return best !== undefined && best.edits <= Math.max(2, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined
}
