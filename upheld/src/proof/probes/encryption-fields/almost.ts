import { sealed, type Organization, type SealedPlace } from '../../../index.ts'
import type { Report } from '../../claims/index.ts'
import { codeOf } from '../attacks/index.ts'
import { keyOf, placeOf, readRow, subjectOf, type Canary } from './canaries.ts'
import { mustStayShut, opener } from './moves.ts'

/** A table that no application has: values are sealed for it, and stand in no row of it. */
const elsewhere = 'probe.canary'

/** The same text with another last character, or another first one. */
const endingOtherwise = (text: string): string => `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`
const beginningOtherwise = (text: string): string => `${text.startsWith('0') ? '1' : '0'}${text.slice(1)}`

/** Places that are almost the canary's own: one word of the address is another, by as little as it can be. */
function almost({ column, row }: Canary): readonly (readonly [differs: string, place: SealedPlace])[] {
  const key = keyOf(column, row)
  const subject = subjectOf(column, row)
  const { table, column: name } = column.label
  const own = { table, column: name, row: key, ...(subject === undefined ? {} : { subject }) }
  const [first = ''] = key
  const [rest, last = ''] = [key.slice(0, -1), key.at(-1)]
  return [
    ['a table of another name', { ...own, table: elsewhere }],
    ['a column whose name ends otherwise', { ...own, column: endingOtherwise(name) }],
    ['a row whose name ends otherwise', { ...own, row: [...rest, endingOtherwise(last)] }],
    ['a row whose name begins otherwise', { ...own, row: [beginningOtherwise(first), ...key.slice(1)] }],
    // Run together, the words are the same.
    [
      'a column and a row that are cut elsewhere',
      { ...own, column: name.slice(0, -1), row: [`${name.slice(-1)}${first}`, ...key.slice(1)] },
    ],
    ['another person', { ...own, subject: 'probe' }],
    ...(subject === undefined ? [] : [['nobody', { table, column: name, row: key }] as const]),
  ]
}

/** Sealed for almost the right place, and put into the right one: every word counts, to its last letter. */
export async function sealForAlmost(canary: Canary, report: Report): Promise<void> {
  for (const [differs, place] of almost(canary)) {
    await mustStayShut(canary, sealed(place, canary.value), `seal for ${differs}`, placeOf(canary.column), report)
  }
}

/** Grants that are almost the one that it takes. */
function grantsBeside({ label: { table, column } }: Canary['column']): readonly string[] {
  const [schema = '', name = ''] = table.split('.')
  const label = `${table}.${column}`
  const others = [`${table}.other`, `${schema}.other.${column}`, `other.${name}.${column}`, `${schema}.other.column`]
  return [...others, `${label}x`, label.slice(0, -1), label.toUpperCase(), `${table}.*`, `${schema}.*`, '**', '.']
}

/** Only for a caller who may, and not for one who may nearly. */
export async function openWithoutRight(canary: Canary, report: Report): Promise<void> {
  const { organization, column } = canary
  const where = placeOf(column)
  const rows = await readRow(canary, organization)
  const whoever: readonly (readonly [string, Organization])[] = [
    ['nobody in particular', organization],
    ['somebody who may open other columns', organization.as({ ...opener, opens: [`${elsewhere}.value`] })],
    ['somebody who may nearly', organization.as({ ...opener, opens: grantsBeside(column) })],
  ]
  for (const [who, handle] of whoever) {
    const attack = `open as ${who}`
    const outcome = await handle.open(rows).then(() => 'opened', codeOf)
    if (outcome === 'tenancy.may_not_open') report.observe(attack, where)
    else report.refute({ attack, where, saw: outcome })
  }
}
