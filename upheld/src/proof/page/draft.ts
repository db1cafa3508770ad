import type { PageNote } from '../claims/index.ts'
import { citationOf, cites, type Citation } from './citation.ts'
import { promiseInHeading } from './headings.ts'
import { headingMax, notesPerSectionMax } from './limits.ts'
import { markedOf } from './note.ts'
import type { Place, Problem } from './problem.ts'
import { strongWords } from './strong-words.ts'
import { placeOf, whyNot, wordsOf, type Block, type Heading, type Inline, type Paragraph } from './tree.ts'

interface DraftSection extends Place {
  readonly title: string
  readonly citations: Citation[]
  readonly notes: PageNote[]
}

/** A page as it is written, before its citations are held against claims. */
export interface Draft {
  title: string
  contact: string
  readonly sections: DraftSection[]
  readonly problems: Problem[]
}

/** Reads the blocks of a source from top to bottom; whatever is no heading, citation, note or contact is a problem. */
export function draftOf(blocks: readonly Block[]): Draft {
  const draft: Draft = { title: '', contact: '', sections: [], problems: [] }
  for (const block of blocks) take(block, draft)
  const top = { line: 1, column: 1 }
  if (draft.title === '')
    draft.problems.push({ ...top, says: 'The page has no title.', mend: 'Begin it: # Security at …' })
  if (draft.contact === '') {
    const mend = 'Say where weaknesses are reported: > **Contact:** <mailto:security@example.com>'
    draft.problems.push({ ...top, says: 'The page has no contact.', mend })
  }
  for (const { citations, notes, title, ...place } of draft.sections) {
    if (citations.length === 0)
      draft.problems.push({
        ...place,
        says: `Nothing is promised under "${title}".`,
        mend: 'Write a sentence, or take the heading out.',
      })
    if (notes.length > notesPerSectionMax)
      draft.problems.push({
        ...place,
        says: `There are ${notes.length} notes under "${title}".`,
        mend: `Keep ${notesPerSectionMax}.`,
      })
  }
  if (draft.sections.length === 0)
    draft.problems.push({
      ...top,
      says: 'The page promises nothing.',
      mend: 'Add ## a heading and a sentence that cites a claim.',
    })
  return draft
}

function take(block: Block, draft: Draft): void {
  const add = (says: string, mend: string): void => void draft.problems.push({ ...placeOf(block), says, mend })
  switch (block.type) {
    case 'heading':
      return takeHeading(block, draft)
    case 'paragraph':
      return takeParagraph(block, draft)
    case 'list':
      for (const item of block.children) for (const inner of item.children) take(inner, draft)
      return
    case 'thematicBreak':
      return
    case 'blockquote': {
      const marked = markedOf(block)
      draft.problems.push(...marked.problems)
      if (marked.kind === 'contact') {
        if (draft.contact !== '') add('There is a second contact.', 'Keep one.')
        draft.contact = marked.contact
      }
      if (marked.kind === 'note') {
        const section = draft.sections.at(-1)
        if (section === undefined)
          add('A note stands above the first section.', 'Put it under a heading; the page introduces itself.')
        else section.notes.push(marked.note)
      }
      return
    }
    default: {
      const { says, mend } = whyNot(block)
      add(says, mend)
    }
  }
}

function takeHeading(heading: Heading, draft: Draft): void {
  const place = placeOf(heading)
  const add = (says: string, mend: string): void => void draft.problems.push({ ...place, says, mend })
  const { text, odd } = wordsOf(heading.children)
  draft.problems.push(
    ...odd.map(part => ({
      ...placeOf(part),
      ...(part.type === 'link' && cites(part)
        ? { says: 'A heading cites nothing.', mend: 'Put the sentence below it.' }
        : whyNot(part)),
    })),
  )
  if (text === '' && odd.length === 0) add('A heading is empty.', 'Write it, or take it out.')
  if (text.length > headingMax) add(`A heading of ${text.length} characters is too long.`, `Say it in ${headingMax}.`)
  if (/[.!:;…。।؛]/v.test(text)) add('A heading is no sentence.', 'Take its full stop, colon or exclamation mark out.')
  const promise = strongWords(text)[0] ?? promiseInHeading(text)
  if (promise !== undefined)
    add(
      `A heading promises nothing, and "${promise}" does.`,
      'Name the topic, or ask for it: Who, What, Where, When, Why, How; the sentence below cites the claim.',
    )
  if (heading.depth === 1) {
    if (draft.title !== '' || draft.sections.length > 0) add('There is a second title.', 'Make it a section: ## …')
    draft.title ||= text
  } else if (heading.depth === 2) draft.sections.push({ ...place, title: text, citations: [], notes: [] })
  else add('A heading is below a section.', 'Make it a section, with ##.')
}

const uncited = 'A sentence cites no claim.'
const cite = 'Put it in brackets and cite one, [sentence](claim:isolation.rows), or take it out.'

function takeParagraph(paragraph: Paragraph, draft: Draft): void {
  let wasText = false
  for (const part of paragraph.children) {
    if (part.type === 'link' && cites(part)) {
      takeCitation(part, draft)
      wasText = false
      continue
    }
    const { text, odd } = wordsOf([part])
    draft.problems.push(
      ...odd.map(one => (one.type === 'link' && cites(one) ? inEmphasis(one) : { ...placeOf(one), ...whyNot(one) })),
    )
    // Emphasis in the middle of an uncited sentence is no second one.
    if (text !== '' && !wasText) draft.problems.push({ ...firstWord(part), says: uncited, mend: cite })
    wasText ||= text !== ''
  }
}

function inEmphasis(part: Inline): Problem {
  return {
    ...placeOf(part),
    says: 'A citation stands inside of emphasis.',
    mend: 'Put the emphasis into its brackets.',
  }
}

/** Where the words of a part begin: after a citation on the line before, its first character is the end of that line. */
function firstWord(part: Inline): Place {
  const place = placeOf(part)
  if (part.type !== 'text') return place
  const space = /^\s*/.exec(part.value)?.[0] ?? ''
  const lines = space.split('\n')
  const last = lines.at(-1) ?? ''
  return lines.length === 1
    ? { line: place.line, column: place.column + space.length }
    : { line: place.line + lines.length - 1, column: last.length + 1 }
}

function takeCitation(link: Parameters<typeof citationOf>[0], draft: Draft): void {
  const { citation, problems } = citationOf(link)
  draft.problems.push(...problems)
  const section = draft.sections.at(-1)
  if (section === undefined)
    draft.problems.push({
      ...placeOf(link),
      says: 'A promise stands above the first section.',
      mend: 'Put it under ## a heading.',
    })
  else section.citations.push(citation)
}
