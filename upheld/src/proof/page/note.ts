import type { PageNote } from '../claims/index.ts'
import { promiseInNote } from './headings.ts'
import { noteMax } from './limits.ts'
import type { Problem } from './problem.ts'
import { strongWords } from './strong-words.ts'
import { cites } from './citation.ts'
import { placeOf, whyNot, wordsOf, type Inline, type Quote } from './tree.ts'

/** What a quote of the source is: a note, the contact, or nothing that a page may hold. */
type Marked =
  | { readonly kind: 'note'; readonly note: PageNote; readonly problems: readonly Problem[] }
  | { readonly kind: 'contact'; readonly contact: string; readonly problems: readonly Problem[] }
  | { readonly kind: 'none'; readonly problems: readonly Problem[] }

/** `> **Note:** words` or `> **Contact:** <mailto:security@example.com>`. */
export function markedOf(quote: Quote): Marked {
  const [paragraph, more] = quote.children
  const [mark, ...parts] = paragraph?.type === 'paragraph' ? paragraph.children : []
  const label = mark?.type === 'strong' ? wordsOf([mark]).text : ''
  if (more !== undefined || (label !== 'Note:' && label !== 'Contact:')) {
    const says = 'A quote that is marked as nothing cites no claim.'
    const mend = 'Cite a claim outside of it; or mark it, as one paragraph: > **Note:** words.'
    return { kind: 'none', problems: [{ ...placeOf(quote), says, mend }] }
  }
  return label === 'Note:' ? noteOf(quote, parts) : contactOf(quote, parts)
}

function noteOf(quote: Quote, parts: readonly Inline[]): Marked {
  const problems: Problem[] = []
  const add = (says: string, mend: string): void => void problems.push({ ...placeOf(quote), says, mend })
  const note = parts.flatMap(part => partOf(part, problems))
  const text = note.map(one => one.text).join('')
  if (text.trim() === '') add('A note is empty.', 'Write it, or take it out.')
  if (text.length > noteMax) add(`A note of ${text.length} characters is too long.`, `Say it in at most ${noteMax}.`)
  const promise = [...strongWords(text), promiseInNote(text) ?? []].flat()[0]
  if (promise !== undefined)
    add(
      `A note promises nothing, and "${promise}" does.`,
      'Cite a claim outside of the note, or say it without that word.',
    )
  return { kind: 'note', note: trimmed(note), problems }
}

function partOf(part: Inline, problems: Problem[]): PageNote {
  if (part.type === 'link' && !cites(part)) {
    if (part.title !== null && part.title !== undefined) {
      const says = 'The title of a link is words that nobody sees at first.'
      problems.push({ ...placeOf(part), says, mend: 'Take the title out.' })
    }
    const { text, odd } = wordsOf(part.children)
    problems.push(...odd.map(one => ({ ...placeOf(one), ...whyNot(one) })))
    if (isSafeTarget(part.url)) return [{ text, href: part.url }]
    const says = 'A link leads somewhere that is not taken over.'
    problems.push({ ...placeOf(part), says, mend: 'Link to https:, to mailto: or to a path of this site.' })
    return []
  }
  const { text, odd } = wordsOf([part])
  const spaced = part.type === 'text' ? part.value.replaceAll(/\s+/g, ' ') : part.type === 'break' ? ' ' : text
  problems.push(
    ...odd.map(one => ({
      ...placeOf(one),
      ...(one.type === 'link'
        ? { says: 'A note promises nothing, so it cites nothing.', mend: 'Put the citation outside of the note.' }
        : whyNot(one)),
    })),
  )
  return spaced === '' ? [] : [{ text: spaced }]
}

function trimmed(note: PageNote): PageNote {
  const last = note.length - 1
  return note.map((one, place) => {
    const text = place === 0 ? one.text.trimStart() : one.text
    return { ...one, text: place === last ? text.trimEnd() : text }
  })
}

/** https without a user, mailto, or a path, query or fragment of this site; nothing that a browser reads as another host. */
function isSafeTarget(url: string): boolean {
  if (/[\s\\]/.test(url) || url === '') return false
  if (/^mailto:[\x21-\x7e]+@[\x21-\x7e]+$/.test(url)) return true
  if (!url.startsWith('https://')) return !url.startsWith('//') && !/^[^/?#]*:/.test(url)
  return URL.canParse(url) && new URL(url).username === '' && new URL(url).password === ''
}

function contactOf(quote: Quote, parts: readonly Inline[]): Marked {
  const [link, ...others] = parts.filter(part => part.type !== 'text' || part.value.trim() !== '')
  const bare = link?.type === 'link' && others.length === 0 && (link.title ?? '') === '' ? link : undefined
  const shown = bare === undefined ? '' : wordsOf(bare.children).text
  // The words of the link are the address itself: anything else could be a promise.
  const isAddress = bare !== undefined && (shown === bare.url || `mailto:${shown}` === bare.url)
  const fits = isAddress && /^(mailto:[^@]+@|https:\/\/)[\x21-\x7e]+$/.test(bare.url)
  if (fits) return { kind: 'contact', contact: bare.url, problems: [] }
  const says = 'The contact is no bare address.'
  const mend = 'Write it so: > **Contact:** <mailto:security@example.com>'
  return { kind: 'none', problems: [{ ...placeOf(quote), says, mend }] }
}
