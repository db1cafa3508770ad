import type { ForeignKey, Index, UniqueKey } from './facts.ts'
import type { RowsOf } from './rows.ts'

/** The name of a relation's column by its number; undefined where the columns were not seen. */
type NameOf = (relation: string, number: string) => string | undefined

export function namesOf(columns: (relation: string) => RowsOf<'columns'>): NameOf {
  const known = new Map<string, ReadonlyMap<string, string>>()
  return (relation, number) => {
    let names = known.get(relation)
    if (names === undefined) {
      names = new Map(columns(relation).map(column => [String(column.number), column.name]))
      known.set(relation, names)
    }
    return names.get(number)
  }
}

/** Number 0 stands for an expression. */
function keyColumns(row: RowsOf<'indexes'>[number], nameOf: NameOf): readonly (string | null)[] {
  return row.numbers
    .split(' ')
    .slice(0, row.keys)
    .map(number => nameOf(row.relation, number) ?? null)
}

export function uniqueKeysOf(rows: RowsOf<'indexes'>, nameOf: NameOf): readonly UniqueKey[] {
  return rows
    .filter(row => row.unique || row.exclusion)
    .map(row => ({
      name: row.name,
      primary: row.primary,
      columns: keyColumns(row, nameOf),
      partial: row.partial,
      definition: row.definition ?? '',
      constraint: row.constraint,
      exclusion: row.exclusion,
      nullsDistinct: row.nullsDistinct,
      inherited: row.inherited,
    }))
}

export function indexesOf(rows: RowsOf<'indexes'>, nameOf: NameOf): readonly Index[] {
  return rows.map(row => ({
    name: row.name,
    method: row.method,
    columns: keyColumns(row, nameOf),
    valid: row.valid,
    partial: row.partial,
  }))
}

export function foreignKeysOf(rows: RowsOf<'foreignKeys'>, nameOf: NameOf): readonly ForeignKey[] {
  const named = (relation: string, numbers: string): readonly string[] =>
    numbers.split(' ').flatMap(number => nameOf(relation, number) ?? [])
  return rows.map(row => ({
    name: row.name,
    columns: named(row.relation, row.numbers),
    target: row.target,
    targetColumns: named(row.target, row.targetNumbers),
    onDelete: row.onDelete,
    onUpdate: row.onUpdate,
    onDeleteColumns: named(row.relation, row.onDeleteNumbers),
    validated: row.validated,
  }))
}
