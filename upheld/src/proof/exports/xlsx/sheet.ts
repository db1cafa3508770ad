import { refuse } from '../errors.ts'
import { elements, escaped, unescaped, type Element } from './xml.ts'

// Sheets of SpreadsheetML (ECMA-376-1, chapter 18.3), as far as rows, cells and their texts go.

interface Cell {
  readonly element: Element
  /** 0 is column A. */
  readonly column: number
  readonly text: string
  readonly hasFormula: boolean
}

export interface Row {
  readonly element: Element
  /** As people count: the first is 1. */
  readonly number: number
  readonly cells: readonly Cell[]
}

const columnsMax = 16_384
const rowsMax = 20_000
const cellCharsMax = 32_767

/** The texts that cells refer to by number. */
export function sharedTexts(xml: string): readonly string[] {
  return [...elements(xml, 'si')].map(({ inner }) => richText(inner))
}

/** All runs of a text, without the readings that stand above it in some scripts. */
function richText(inner: string): string {
  let rest = inner
  for (const { from, to } of [...elements(inner, 'rPh')].toReversed()) rest = rest.slice(0, from) + rest.slice(to)
  return [...elements(rest, 't')].map(one => unescaped(one.inner)).join('')
}

/** @throws exports.bad_spreadsheet, exports.spreadsheet_too_large */
export function rowsOf(xml: string, shared: readonly string[]): readonly Row[] {
  const rows: Row[] = []
  for (const element of elements(xml, 'row')) {
    if (rows.length >= rowsMax) throw refuse.spreadsheet_too_large({ detail: `More than ${rowsMax} rows.` })
    const number = Number(element.attributes.get('r') ?? (rows.at(-1)?.number ?? 0) + 1)
    if (!Number.isInteger(number) || number < 1) throw refuse.bad_spreadsheet({ detail: 'A row has no number.' })
    rows.push({ element, number, cells: cellsOf(element.inner, shared) })
  }
  return rows
}

function cellsOf(inner: string, shared: readonly string[]): readonly Cell[] {
  const cells: Cell[] = []
  for (const element of elements(inner, 'c')) {
    const reference = element.attributes.get('r')
    const column = reference === undefined ? (cells.at(-1)?.column ?? -1) + 1 : columnOf(reference)
    cells.push({ element, column, text: textOf(element, shared), hasFormula: /<f[\s/>]/.test(element.inner) })
  }
  return cells
}

function columnOf(reference: string): number {
  const letters = /^([A-Z]{1,3})\d{1,7}$/.exec(reference)?.[1] ?? ''
  const column =
    Array.from(letters, letter => letter.charCodeAt(0) - 64).reduce((sum, value) => sum * 26 + value, 0) - 1
  if (column < 0 || column >= columnsMax) throw refuse.bad_spreadsheet({ detail: `${reference} is no cell.` })
  return column
}

function textOf({ attributes, inner }: Element, shared: readonly string[]): string {
  if (attributes.get('t') === 'inlineStr') return richText(inner)
  const [value] = elements(inner, 'v')
  const raw = value === undefined ? '' : unescaped(value.inner)
  if (attributes.get('t') !== 's') return raw
  const text = /^\d{1,9}$/.test(raw) ? shared[Number(raw)] : undefined
  if (text === undefined) throw refuse.bad_spreadsheet({ detail: 'A cell refers to a text that is not there.' })
  return text
}

export interface Change {
  readonly column: number
  readonly text: string
}

/** The XML of a sheet with other texts in some cells of some rows. Styles stay; everything else stays to the byte. */
export function withChanges(
  xml: string,
  changes: readonly { readonly row: Row; readonly cells: readonly Change[] }[],
): string {
  let changed = ''
  let at = 0
  for (const { row, cells } of changes) {
    const { from, innerFrom, inner, to } = row.element
    const tag = xml.slice(from, innerFrom).replace(/\s*\/>$/, '>')
    changed += `${xml.slice(at, from)}${tag}${innerWith(inner, row, cells)}</row>`
    at = to
  }
  return changed + xml.slice(at)
}

function innerWith(inner: string, row: Row, changes: readonly Change[]): string {
  const kept = row.cells.map(cell => ({ column: cell.column, xml: inner.slice(cell.element.from, cell.element.to) }))
  for (const { column, text } of changes) {
    const old = row.cells.find(cell => cell.column === column)
    if (old?.hasFormula === true)
      throw refuse.bad_spreadsheet({ detail: `Row ${row.number} has a formula for an answer.` })
    const xml = cellXml(`${letters(column)}${row.number}`, old?.element.attributes.get('s'), text)
    const place = kept.findIndex(one => one.column >= column)
    kept.splice(place < 0 ? kept.length : place, old === undefined ? 0 : 1, { column, xml })
  }
  // What may follow the cells of a row, extensions of other programs, stays behind them.
  const last = row.cells.at(-1)?.element.to ?? 0
  return kept.map(({ xml }) => xml).join('') + inner.slice(last)
}

function cellXml(reference: string, style: string | undefined, text: string): string {
  const kept = style === undefined || !/^\d+$/.test(style) ? '' : ` s="${style}"`
  if (text === '') return `<c r="${reference}"${kept}/>`
  const cut = text.length > cellCharsMax ? `${text.slice(0, cellCharsMax - 1)}…` : text
  return `<c r="${reference}"${kept} t="inlineStr"><is><t xml:space="preserve">${escaped(cut)}</t></is></c>`
}

function letters(column: number): string {
  const rest = Math.floor(column / 26)
  return (rest === 0 ? '' : letters(rest - 1)) + String.fromCharCode(65 + (column % 26))
}
