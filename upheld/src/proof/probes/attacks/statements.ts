import { belongsTo, type Condition, type Planted } from './canaries.ts'
import type { Outcome } from './outcome.ts'
import type { Pair } from './pair.ts'
import { quoted, typeOf, type Table } from './relations.ts'

/** One statement that must be stopped; what counts as stopped is the caller's to say. */
export type Stopped = (
  attack: string,
  text: string,
  values: readonly unknown[],
  beaten?: (outcome: Outcome) => boolean,
) => Promise<void>

export function theirsIn(pair: Pair, table: Table, from = 1): Condition {
  return belongsTo(table, pair.victim.key, pair.theirs.find(table), from)
}

export function ownIn(pair: Pair, table: Table, from = 1): Condition {
  return belongsTo(table, pair.thief.key, pair.own.find(table), from)
}

/** The columns that a statement may set. */
export function rowFor(table: Table, row: Planted): Planted {
  return Object.fromEntries(
    table.columns.filter(column => !column.generated).map(column => [column.name, row[column.name] ?? null]),
  )
}

export function insertSql(table: Table, row: Planted): string {
  const names = Object.keys(row)
  const slots = names.map((name, index) => `$${index + 1}::text::${typeOf(table, name)}`)
  return `insert into ${table.label} (${names.map(quoted).join(', ')}) values (${slots.join(', ')})`
}
