import { cannotProbe } from '../../claims/index.ts'
import type { Table } from './relations.ts'

/** A row that was planted: the text of each column, null where there is none. */
export type Planted = Readonly<Record<string, string | null>>

/** One canary of one organization in each table. */
export interface Canaries {
  /** In every text column that nothing else decides on. Twelve hex digits. */
  readonly mark: string
  /** Undefined where none could be put, as in a partition that holds other organizations' rows. */
  find(table: Table): Planted | undefined
  /** @throws claims.cannot_probe for a table without one */
  rowOf(table: Table): Planted
}

export function canaries(mark: string, rows: ReadonlyMap<string, Planted>): Canaries {
  return Object.freeze({
    mark,
    find: (table: Table) => rows.get(table.label),
    rowOf(table: Table) {
      const row = rows.get(table.label)
      if (row === undefined) throw cannotProbe(`No canary stands in ${table.label}.`)
      return row
    },
  })
}

/** Columns that tell one row of a table from the others: its tenant's, else a key, else all that are not null. */
function telling(table: Table, row: Planted): readonly string[] {
  if (table.tenant.length > 0) return table.tenant
  const key = table.uniqueKeys.find(columns => columns.every(name => typeof row[name] === 'string'))
  return key ?? Object.keys(row).filter(name => row[name] !== null)
}

export interface Condition {
  readonly text: string
  readonly values: readonly (string | null)[]
}

/** The condition that finds an organization's rows: all of a table that has its columns, else the one that was planted. */
export function belongsTo(table: Table, key: readonly string[], row: Planted | undefined, from = 1): Condition {
  const names = table.tenant.length > 0 ? table.tenant : telling(table, row ?? {})
  const values = table.tenant.length > 0 ? key.slice(0, names.length) : names.map(name => row?.[name] ?? null)
  if (names.length === 0) return { text: 'false', values: [] }
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
  return { text: names.map((name, index) => `${quoted(name)}::text = $${from + index}`).join(' and '), values }
}
