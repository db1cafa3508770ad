import { randomBytes } from 'node:crypto'
import type { Row } from '../../../core/ports.ts'
import { sealed, type Organization } from '../../../index.ts'
import { cannotProbe } from '../../claims/index.ts'
import { quoted, type Canaries, type Planted, type Table } from '../attacks/index.ts'
import type { SealedColumn } from './columns.ts'

/** A value that was sealed into one row, and stands nowhere else. */
export interface Canary {
  readonly column: SealedColumn
  readonly organization: Organization
  readonly row: Planted
  readonly value: string
}

/** Seals a fresh value into a column of every planted row, through the handle, as the application would. */
export async function sealInto(
  organization: Organization,
  columns: readonly SealedColumn[],
  tables: readonly Table[],
  planted: Canaries,
): Promise<readonly Canary[]> {
  const made: Canary[] = []
  for (const column of columns) {
    const table = tables.find(({ label }) => label === column.relation)
    const row = table && planted.find(table)
    if (row === undefined) throw cannotProbe(`No row stands in ${column.relation}.`)
    const value = `canary_${randomBytes(24).toString('hex')}`
    const key = keyOf(column, row)
    const subject = subjectOf(column, row)
    const place = { ...column.label, row: key, ...(subject === undefined ? {} : { subject }) }
    const changed = await organization.query(
      `update ${column.relation} set ${quoted(column.name)} = $1 where ${whereRow(column, 2)} returning 1 as one`,
      [sealed(place, value), ...key],
    )
    if (changed.length !== 1) throw cannotProbe(`Nothing could be sealed in ${placeOf(column)}.`)
    made.push({ column, organization, row, value })
  }
  return made
}

export function placeOf({ relation, name }: SealedColumn): string {
  return `${relation}.${name}`
}

/** The texts of the columns that name the row. */
export function keyOf({ keys }: SealedColumn, row: Planted): readonly string[] {
  return keys.map(name => row[name] ?? '')
}

/** The person whom the value is about, for a column that is about somebody. */
export function subjectOf({ subject }: SealedColumn, row: Planted): string | undefined {
  return subject === undefined ? undefined : (row[subject] ?? undefined)
}

export function whereRow({ keys }: SealedColumn, from: number): string {
  return keys.map((name, index) => `${quoted(name)}::text = $${from + index}`).join(' and ')
}

/** The row with what it takes to open the value: the key, the person, and the value itself. */
export function readRow({ column, row }: Pick<Canary, 'column' | 'row'>, organization: Organization): Promise<Row[]> {
  const names = [...new Set([...column.keys, ...(column.subject === undefined ? [] : [column.subject]), column.name])]
  return organization.query(
    `select ${names.map(quoted).join(', ')} from ${column.relation} where ${whereRow(column, 1)}`,
    [...keyOf(column, row)],
  )
}

/** The envelope as it lies in the column. */
export async function envelopeOf({ column, organization, row }: Canary): Promise<Buffer> {
  const [found] = await organization.query(
    `select ${quoted(column.name)}::bytea as bytes from ${column.relation} where ${whereRow(column, 1)}`,
    [...keyOf(column, row)],
  )
  const bytes = found?.['bytes']
  if (!(bytes instanceof Buffer)) throw cannotProbe(`No envelope lies in ${placeOf(column)}.`)
  return bytes
}
