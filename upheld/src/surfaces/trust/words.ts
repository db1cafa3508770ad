import type { Verdict } from '../../proof/claims/index.ts'

export const verdictWords: Readonly<Record<Verdict, string>> = {
  upheld: 'Upheld',
  attested: 'Attested',
  refuted: 'Refuted',
  unproven: 'Unproven',
  planned: 'Planned',
}

/** What each verdict means, for a reader who meets it for the first time. */
export const verdictMeanings: Readonly<Record<Verdict, string>> = {
  upheld:
    'We attacked it, every attack was beaten, and the same attack was seen to succeed where we had broken it on purpose.',
  attested: 'A person or a supplier states it, with a date and an end. Nobody attacked it.',
  refuted: 'An attack came through. The promise is off the page until attacks are beaten again.',
  unproven: 'We could not show it just now. It may well hold, but we do not promise what we cannot show.',
  planned: 'Not in place. Not promised.',
}

const digits = new Intl.NumberFormat('en')

export function count(value: number, one: string, many = `${one}s`): string {
  return `${digits.format(value)} ${value === 1 ? one : many}`
}

export function number(value: number): string {
  return digits.format(value)
}

/** "9 tables, 4 roles". */
export function populationWords(population: Readonly<Record<string, number>>): string {
  return Object.entries(population)
    .map(([unit, size]) => count(size, unit, unit))
    .join(', ')
}

/** `sha256:0123abcd…`: enough to compare by eye; the full one stands in its title and in the feed. */
export function shortDigest(digest: string): string {
  const [algorithm, hex] = digest.split(':', 2)
  return hex === undefined || hex.length <= 16 ? digest : `${algorithm}:${hex.slice(0, 16)}…`
}

export function sentenceCase(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
