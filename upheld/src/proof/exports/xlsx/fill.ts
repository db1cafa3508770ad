import { UpheldError } from '../../../core/errors.ts'
import type { CaiqAnswer } from '../caiq.ts'
import { refuse } from '../errors.ts'
import { rowsOf, sharedTexts, withChanges, type Change, type Row } from './sheet.ts'
import { assertPlain } from './xml.ts'
import { openPart, readParts, withText, writeParts, type Part } from './zip.ts'

export interface FilledSpreadsheet {
  readonly bytes: Buffer
  /** Questions that were answered, in the order of the sheet. */
  readonly filled: readonly string[]
  /** Of those, the ones that had another answer before. */
  readonly replaced: readonly string[]
  /** Questions that claims name and the file does not have. */
  readonly absent: readonly string[]
}

/**
 * Writes answers into the questionnaire that somebody downloaded, into two columns: the answer, and its description.
 * A question that claims speak of says what they prove now, whatever stood there; what is not proven empties the answer
 * and gives the reason. All other cells stay as they are.
 * @throws exports.bad_spreadsheet, exports.spreadsheet_too_large, exports.no_questions
 */
export function fillSpreadsheet(bytes: Uint8Array, answers: readonly CaiqAnswer[]): FilledSpreadsheet {
  try {
    return fill(readParts(bytes), new Map(answers.map(one => [one.question, one])))
  } catch (thrown) {
    // A file that is cut in the middle of a number.
    throw thrown instanceof UpheldError ? thrown : refuse.bad_spreadsheet({ cause: thrown })
  }
}

interface Filled {
  readonly part: Part
  readonly questions: readonly { readonly id: string; readonly replaced: boolean }[]
}

function fill(parts: readonly Part[], answers: ReadonlyMap<string, CaiqAnswer>): FilledSpreadsheet {
  const texts = parts.find(({ name }) => name === 'xl/sharedStrings.xml')
  const shared = texts === undefined ? [] : sharedTexts(plainText(texts))
  const sheets = parts.filter(({ name }) => /^xl\/worksheets\/[^/]+\.xml$/.test(name))
  const filled = sheets.flatMap(part => filledSheet(part, shared, answers))
  if (filled.length === 0) throw refuse.no_questions()
  const changed = new Map(filled.map(({ part }) => [part.name, part]))
  const questions = filled.flatMap(one => one.questions)
  const ids = questions.map(({ id }) => id)
  return {
    bytes: writeParts(parts.map(part => changed.get(part.name) ?? part)),
    filled: ids,
    replaced: questions.filter(({ replaced }) => replaced).map(({ id }) => id),
    absent: [...answers.keys()].filter(id => !ids.includes(id)),
  }
}

function plainText(part: Part): string {
  const text = openPart(part)
  assertPlain(text, part.name)
  return text
}

/** Nothing when it is no sheet of questions. */
function filledSheet(part: Part, shared: readonly string[], answers: ReadonlyMap<string, CaiqAnswer>): Filled[] {
  const xml = plainText(part)
  const rows = rowsOf(xml, shared)
  const found = columnsOf(rows)
  if (found === undefined) return []
  const questions: { id: string; replaced: boolean }[] = []
  const changes = rows.slice(found.headerPlace + 1).flatMap(row => {
    const of = answers.get(textAt(row, found.question).trim())
    if (of === undefined) return []
    const cells: Change[] = [{ column: found.answer, text: of.answer }]
    if (found.description !== undefined) cells.push({ column: found.description, text: of.description })
    questions.push({ id: of.question, replaced: cells.some(cell => replaces(row, cell)) })
    return [{ row, cells: cells.toSorted((a, b) => a.column - b.column) }]
  })
  return [{ part: withText(part, withChanges(xml, changes)), questions }]
}

function replaces(row: Row, { column, text }: Change): boolean {
  const before = textAt(row, column).trim()
  return before !== '' && before !== text
}

function textAt(row: Row, column: number): string {
  return row.cells.find(cell => cell.column === column)?.text ?? ''
}

interface Columns {
  readonly headerPlace: number
  readonly question: number
  readonly answer: number
  readonly description?: number
}

/** The first row that names both a column of question ids and one of answers. */
function columnsOf(rows: readonly Row[]): Columns | undefined {
  for (const [headerPlace, { cells }] of rows.entries()) {
    const named = (form: RegExp): number | undefined =>
      cells.find(({ text }) => form.test(text.trim().replaceAll(/\s+/g, ' ')))?.column
    const question = named(/^question id$/i)
    const answer = named(/\banswer$/i)
    if (question === undefined || answer === undefined) continue
    const description = named(/\bimplementation description\b/i)
    return { headerPlace, question, answer, ...(description === undefined ? {} : { description }) }
  }
  return undefined
}
