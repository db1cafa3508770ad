import { promiseMax } from './limits.ts'
import type { Place, Problem } from './problem.ts'
import { placeOf, whyNot, wordsOf, type Link } from './tree.ts'

/** One promise: its words, which stand and fall together, and the ids that it cites. */
export interface Citation extends Place {
  readonly text: string
  readonly claims: readonly string[]
}

const scheme = 'claim:'

/** Whether a link means to cite, well or badly. */
export function cites({ url }: Link): boolean {
  return url.trimStart().toLowerCase().startsWith(scheme)
}

/** `[words](claim:one.id)`, or `[words](claim:one.id,other.id)` where the words rest on both. */
export function citationOf(link: Link): { readonly citation: Citation; readonly problems: readonly Problem[] } {
  const place = placeOf(link)
  const { text, odd } = wordsOf(link.children)
  const claims = link.url.slice(link.url.indexOf(':') + 1).split(',')
  const problems: Problem[] = odd.map(part => ({ ...placeOf(part), ...whyNot(part) }))
  const add = (says: string, mend: string): void => void problems.push({ ...place, says, mend })
  if (!link.url.startsWith(scheme)) add('This citation is not written in small letters.', `Write ${scheme} so.`)
  if (link.title !== null && link.title !== undefined)
    add('The title of a citation is words that cite nothing.', 'Take the title out.')
  if (!/\p{L}/v.test(text)) add('A citation holds no words.', 'Write the sentence into the brackets, or take it out.')
  if (text.length > promiseMax)
    add(`A promise of ${text.length} characters is too long.`, `Say it in at most ${promiseMax}, or in two citations.`)
  if (claims.includes('')) add('A citation names no claim.', 'Name one: [sentence](claim:isolation.rows).')
  const twice = claims.find((id, index) => id !== '' && claims.indexOf(id) !== index)
  if (twice !== undefined) add(`${twice} is cited twice by one sentence.`, 'Name it once.')
  return { citation: { ...place, text, claims: [...new Set(claims)].filter(id => id !== '') }, problems }
}
