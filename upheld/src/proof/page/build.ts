import type { Claim, PageSource } from '../claims/index.ts'
import { blocksOf } from './tree.ts'
import { heavyBlocks } from './blocks.ts'
import { textOf } from './bytes.ts'
import { oddCharacters } from './characters.ts'
import type { Citation } from './citation.ts'
import { draftOf, type Draft } from './draft.ts'
import { refuse } from './errors.ts'
import { mixedWords } from './fold.ts'
import { problemsOf } from './hold.ts'
import { inOrder, placesIn, problemLines, type Place, type Problem } from './problem.ts'

/** A sentence that waits: it cites claims that are planned, which the page lists as coming in the catalogue's words. */
export interface HeldBack extends Place {
  readonly text: string
  readonly planned: readonly string[]
}

/** A source held against claims. The page is what its sound parts give; it is of no use while there are problems. */
export interface CheckedSource {
  readonly page: PageSource
  readonly problems: readonly Problem[]
  readonly heldBack: readonly HeldBack[]
  /** Every citation of the source, those that wait included. */
  readonly citations: readonly Citation[]
}

/** Said by every page of itself: what an author would say here would cite nothing, and stand above all. */
const lede =
  'Only what is in place is promised here. Each sentence carries its proof beside it, and leaves our promises when an attack on it succeeds or its evidence runs out.'

/** Reads a source and names every problem at once, in the order of the file. */
export function checkSource(bytes: Buffer, claims: readonly Claim[]): CheckedSource {
  const read = textOf(bytes)
  if ('problem' in read) return withoutPage([read.problem])
  const { text } = read
  const placeOf = placesIn(text)
  const odd = oddCharacters(text).map(({ offset, says }) => ({
    ...placeOf(offset),
    says: `${says}.`,
    mend: 'Take it out.',
  }))
  const heavy = heavyBlocks(text, placeOf)
  if (heavy.length > 0) return withoutPage([...odd, ...heavy])
  const draft = draftOf(blocksOf(text))
  const citations = draft.sections.flatMap(section => section.citations)
  const problems = [...odd, ...draft.problems, ...inWords(draft, odd), ...problemsOf(citations, claims)]
  const planned = new Set(claims.filter(({ kind }) => kind === 'planned').map(({ id }) => id))
  const waits = ({ claims: ids }: Citation): boolean => ids.some(id => planned.has(id))
  return {
    page: pageOf(draft, waits),
    problems: inOrder(problems),
    heldBack: citations.filter(waits).map(({ line, column, text: said, claims: ids }) => ({
      line,
      column,
      text: said,
      planned: ids.filter(id => planned.has(id)),
    })),
    citations,
  }
}

/**
 * The page of a source, as the trust surface renders it.
 * @throws page.bad_page with every problem: where it is and how to mend it
 */
export function buildPage(file: string, bytes: Buffer, claims: readonly Claim[]): PageSource {
  const { page, problems } = checkSource(bytes, claims)
  if (problems.length === 0) return page
  throw refuse.bad_page({
    detail: problemLines(file, problems)
      .map(line => `\n${line}`)
      .join(''),
  })
}

function withoutPage(problems: readonly Problem[]): CheckedSource {
  return {
    page: pageOf({ title: '', contact: '', sections: [], problems: [] }, () => false),
    problems: inOrder(problems),
    heldBack: [],
    citations: [],
  }
}

function pageOf({ title, contact, sections }: Draft, waits: (citation: Citation) => boolean): PageSource {
  const kept = sections.map(section => ({
    title: section.title,
    sentences: section.citations.filter(citation => !waits(citation)).map(({ text, claims }) => ({ text, claims })),
    ...(section.notes.length === 0 ? {} : { notes: section.notes }),
  }))
  // A heading over nothing but what waits would say that something is there.
  return { title, lede, contact, sections: kept.filter(({ sentences }) => sentences.length > 0) }
}

/** What entities wrote into the words, and words of two alphabets. Odd characters that stand in the file are told already. */
function inWords({ title, sections }: Draft, told: readonly Problem[]): readonly Problem[] {
  const top = { line: 1, column: 1 }
  const texts = [
    { ...top, text: title },
    ...sections.flatMap(section => [
      { line: section.line, column: section.column, text: section.title },
      ...section.citations,
      ...section.citations.flatMap(({ claims, ...place }) => claims.map(text => ({ ...place, text }))),
      ...section.notes.map(note => ({
        line: section.line,
        column: section.column,
        text: note.map(one => one.text).join(''),
      })),
    ]),
  ]
  return texts.flatMap(({ line, column, text }) => [
    ...(told.length > 0 ? [] : oddCharacters(text)).map(({ says }) => ({
      line,
      column,
      says: `${says}.`,
      mend: 'Take the entity out.',
    })),
    ...mixedWords(text).map(word => ({
      line,
      column,
      says: `"${word}" is written with letters of two alphabets.`,
      mend: 'Type it anew with one keyboard.',
    })),
  ])
}
