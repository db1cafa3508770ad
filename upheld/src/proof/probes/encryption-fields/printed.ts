import { inspect } from 'node:util'
import { blindIndex, sealed, type Organization } from '../../../index.ts'
import type { Report } from '../../claims/index.ts'
import { codeOf, quoted, saidBy } from '../attacks/index.ts'
import { keyOf, placeOf, readRow, whereRow, type Canary } from './canaries.ts'
import { opener } from './moves.ts'
import type { SealedColumn } from './columns.ts'

/** Everything that a program might do with a value on its way into a log. */
function printsOf(value: unknown): string {
  const inError = new Error('a value', { cause: value })
  return [
    JSON.stringify(value),
    String(value),
    inspect(value, { depth: Infinity, showHidden: true, getters: true, customInspect: true }),
    inspect(value, { depth: Infinity, showHidden: true, customInspect: false }),
    inspect(inError, { depth: Infinity }),
  ].join('\n')
}

/** What is sealed, being sealed or opened prints nothing of itself. */
export async function printAll(canary: Canary, report: Report): Promise<void> {
  const { organization, column, value } = canary
  const where = placeOf(column)
  const rows = await readRow(canary, organization)
  const opened = await organization.as(opener).open(rows)
  const marker = sealed({ ...column.label, row: keyOf(column, canary.row) }, value)
  for (const [what, printed] of [
    ['a sealed row', rows],
    ['an opened row', opened],
    ['a value to be sealed', marker],
  ] as const) {
    const attack = `print ${what}`
    if (printsOf(printed).includes(value)) report.refute({ attack, where, saw: 'the value itself' })
    else report.observe(attack, where)
  }
}

/** A statement that fails says nothing of the value that it was to seal. */
export async function provokeError(canary: Canary, report: Report): Promise<void> {
  const { organization, column, value, row } = canary
  const where = placeOf(column)
  const place = { ...column.label, row: keyOf(column, row) }
  const text = `update ${column.relation} set ${quoted(column.name)} = $1 where ${whereRow(column, 2)} and 1 / (length($3::text) - length($3::text)) = 1`
  const said = await organization
    .query(text, [sealed(place, value), ...keyOf(column, row).slice(0, 1), value.slice(0, 4)])
    .then(
      () => '',
      (error: unknown) => `${saidBy(error)}\n${inspect(error, { depth: 3 })}\n${codeOf(error)}`,
    )
  if (said.includes(value)) report.refute({ attack: 'provoke an error', where, saw: 'the value stood in its text' })
  else report.observe('provoke an error', where)
}

/** The keyed digest of one value is another one for each organization and each column. */
export async function compareIndexes(
  columns: readonly SealedColumn[],
  [one, other]: readonly [Organization, Organization],
  report: Report,
): Promise<void> {
  const value = 'the same value'
  const seen = new Map<string, string>()
  for (const [who, organization] of [
    ['one', one],
    ['another', other],
  ] as const) {
    for (const { label } of columns) {
      const [row] = await organization.query('select $1::bytea as digest', [blindIndex(label, value)])
      const digest = row?.['digest']
      const text = digest instanceof Buffer ? digest.toString('hex') : 'none'
      const where = `${label.table}.${label.column}`
      const met = seen.get(text)
      if (met === undefined) report.observe('compare blind indexes', where)
      else
        report.refute({
          attack: 'compare blind indexes',
          where,
          saw: `the digest of ${who} organization is that of ${met}`,
        })
      seen.set(text, where)
    }
  }
}
