import { median, ratios, type Score } from './harness.ts'

/** A heading and its table; nothing when it was not measured. */
export function table(title: string, heads: string, lines: readonly string[] | undefined): string[] {
  if (lines === undefined) return []
  const rule = heads.replaceAll(/[^|]+/g, ' --- ').trim()
  return [`## ${title}`, [heads, rule, ...lines].map(line => `| ${line} |`).join('\n')]
}

/** One line for each way, with its rate and how it compares. */
export function pairLines(first: string, scores: readonly Score[], to: string): string[] {
  return scores.map(
    score =>
      `${first} | ${score.name} | ${spread(score.perSecond, 0)} | ${spread(ratios(scores, score.name, to), 2)} | ${score.answers}`,
  )
}

/** Median, least and most. */
export function spread(values: readonly number[], digits: number): string {
  const of = (value: number): string => value.toFixed(digits)
  return `${of(median(values))} (${of(Math.min(...values))}–${of(Math.max(...values))})`
}
