import { problemsToldMax } from './limits.ts'

/** Where something is in the source: line and column from 1, the column in UTF-16 code units as editors count. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** Why a page does not build, and what its author can do. */
export interface Problem extends Place {
  readonly says: string
  readonly mend: string
}

/** Problems in the order of the file, as `file:line:column`, which editors turn into links. */
export function problemLines(file: string, problems: readonly Problem[]): readonly string[] {
  const told = problems
    .slice(0, problemsToldMax)
    .map(({ line, column, says, mend }) => `${file}:${line}:${column}: ${says} ${mend}`)
  const left = problems.length - told.length
  return left === 0 ? told : [...told, `${file}: and ${left} more.`]
}

export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column)
}

/** Places by offset, for what is found before anything is parsed. An end of line is LF, CRLF or CR, as in CommonMark. */
export function placesIn(text: string): (offset: number) => Place {
  const starts = [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map(match => match.index + match[0].length)]
  return offset => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}
