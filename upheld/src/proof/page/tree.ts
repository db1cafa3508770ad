import { fromMarkdown } from 'mdast-util-from-markdown'
import type { Place } from './problem.ts'

export type Block = ReturnType<typeof fromMarkdown>['children'][number]
export type Paragraph = Extract<Block, { type: 'paragraph' }>
export type Quote = Extract<Block, { type: 'blockquote' }>
export type Heading = Extract<Block, { type: 'heading' }>
export type Inline = Paragraph['children'][number]
export type Link = Extract<Inline, { type: 'link' }>

/** CommonMark 0.31 and nothing more: what a table or a footnote would be elsewhere is a paragraph here, which must cite. */
export function blocksOf(text: string): readonly Block[] {
  return fromMarkdown(text).children
}

export function placeOf({ position }: Block | Inline): Place {
  const { line = 1, column = 1 } = position?.start ?? {}
  return { line, column }
}

/** Not `\s`, to which U+FEFF is a space: it is seen by nobody, and refused. */
const space = /\p{White_Space}+/gv

/** The words of inline parts as one line; emphasis is dropped. `odd` are parts that are no words, such as an image. */
export function wordsOf(parts: readonly Inline[]): { readonly text: string; readonly odd: readonly Inline[] } {
  const odd: Inline[] = []
  const text = parts.map(part => wordsIn(part, odd)).join('')
  return { text: text.replaceAll(space, ' ').trim(), odd }
}

function wordsIn(part: Inline, odd: Inline[]): string {
  switch (part.type) {
    case 'text':
    case 'inlineCode':
      return part.value
    case 'break':
      return ' '
    case 'emphasis':
    case 'strong':
      return part.children.map(inner => wordsIn(inner, odd)).join('')
    default:
      odd.push(part)
      return ''
  }
}

/** What a part is called by whoever wrote it, and why it may not be there. */
export function whyNot(part: Block | Inline): { readonly says: string; readonly mend: string } {
  switch (part.type) {
    case 'html':
      return part.value.startsWith('<!--')
        ? { says: 'A comment is hidden from readers, but not from whoever reads the source.', mend: 'Take it out.' }
        : { says: 'HTML is not taken over.', mend: 'Write it as Markdown, or take it out.' }
    case 'image':
    case 'imageReference':
      return {
        says: 'An image and the words behind it cannot be proven.',
        mend: 'Say it in a sentence that cites a claim.',
      }
    case 'code':
      return {
        says: 'A block of code cites no claim.',
        mend: 'Take away its fence, or its four spaces, and cite a claim.',
      }
    case 'definition':
    case 'linkReference':
      return {
        says: 'A link whose target stands elsewhere can be changed unseen.',
        mend: 'Write the target behind the words: [words](target).',
      }
    case 'link':
      return {
        says: 'A link is no citation.',
        mend: 'Cite a claim, [sentence](claim:isolation.rows), or put the link into a note.',
      }
    default:
      return { says: `This (${part.type}) has no place in a page.`, mend: 'Take it out.' }
  }
}
