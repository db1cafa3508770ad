import { readingsOf } from './fold.ts'

/**
 * Words that speak of the whole, or leave nothing out. A sentence with one of them needs claims whose population is the
 * whole. English only. `only` and `cannot` are not among them: they are how a plain sentence says what something is.
 */
const strong = [
  'all',
  'any',
  'each',
  'every',
  '(?:every|any)(?:body|one|thing|where|time)',
  'none',
  'no one',
  'no(?! longer\\b)',
  'nobody',
  'nothing',
  'nowhere',
  'never',
  'ever',
  'always',
  'forever',
  'invariably',
  'universally',
  'unconditionally',
  '(?:who|whom|what|which|where|when)ever',
  'without (?:an? )?exceptions?',
  'at all times',
  'around the clock',
  '24 ?/ ?7',
  '100 ?(?:%|per ?cent)',
  '(?:a )?hundred per ?cent',
  'zero',
  'whole',
  'wholly',
  'entire(?:ly|ty)?',
  'total(?:ly)?',
  'complete(?:ly)?',
  'fully',
  'absolute(?:ly)?',
  'perfect(?:ly)?',
  'impossible',
  'guarantee(?:s|d)?',
  'unbreakable',
  'bulletproof',
]
const form = new RegExp(`(?<![\\p{L}\\p{N}])(?:${strong.join('|')})(?![\\p{L}\\p{N}])`, 'gu')

/** The strong words of a text, each once, in the order in which they come; also in disguise. */
export function strongWords(text: string): readonly string[] {
  const found = readingsOf(text.replaceAll(/\p{White_Space}+/gv, ' ').replaceAll(/[\u2010-\u2015]/g, '-')).flatMap(
    reading => reading.match(form) ?? [],
  )
  return [...new Set(found)]
}
