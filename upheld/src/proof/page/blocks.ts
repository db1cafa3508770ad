import { blockCharactersMax, blockMarksMax, lineOpeningMax } from './limits.ts'
import type { Place, Problem } from './problem.ts'

/**
 * What would take the parser long: between two empty lines very much text or very many marks, or a line that opens
 * dozens of quotes or lists inside each other. The source is then not parsed at all.
 */
export function heavyBlocks(text: string, placeOf: (offset: number) => Place): readonly Problem[] {
  const blocks = [...text.matchAll(/\S[\s\S]*?(?=(?:\r\n|\n|\r)[ \t]*(?:\r\n|\n|\r)|$(?![\s\S]))/g)]
  const heavy = blocks.flatMap(({ 0: block, index }) => {
    const marks = block.match(/[*_[\]!`<&~]/g)?.length ?? 0
    if (block.length <= blockCharactersMax && marks <= blockMarksMax) return []
    const says = `A paragraph of ${block.length} characters and ${marks} marks is too much to read.`
    return [{ ...placeOf(index), says, mend: 'Put empty lines between its sentences.' }]
  })
  const opened = [...text.matchAll(/^[ \t>*+\-]+/gm)].filter(({ 0: marks }) => marks.length > lineOpeningMax)
  return [
    ...heavy,
    ...opened.map(({ index }) => ({
      ...placeOf(index),
      says: 'A line begins with too many marks.',
      mend: `Begin it with at most ${lineOpeningMax} spaces, dashes and quotes.`,
    })),
  ]
}
