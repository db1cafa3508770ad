import { z } from 'zod'
import type { Queryable } from '../../../core/ports.ts'
import { tablesSql } from './relations-sql.ts'

const column = z.object({
  name: z.string(),
  /** As SQL writes it, such as `numeric(10,2)`. */
  type: z.string(),
  /** The type under a domain, without length or precision; `enum` and `array` by kind. */
  base: z.string(),
  labels: z.array(z.string()),
  lengthMax: z.number().nullable(),
  required: z.boolean(),
  /** The database fills it by itself: a default, an identity or a generated value. */
  filled: z.boolean(),
  /** No statement may set it, or only by overriding what the system gives. */
  generated: z.boolean(),
  identity: z.boolean(),
  /** Whether the application may read and change it. */
  readable: z.boolean(),
  writable: z.boolean(),
})
const foreignKey = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  target: z.string(),
  targetColumns: z.array(z.string()),
  /** Checked at commit only. */
  deferred: z.boolean(),
  /** As in pg_constraint: a no action, r restrict, c cascade, n set null, d set default. */
  onDelete: z.string(),
})
const check = z.object({ name: z.string(), definition: z.string(), columns: z.array(z.string()) })
const described = z.object({
  /** Schema and name, quoted where SQL needs it. */
  label: z.string(),
  partitioned: z.boolean(),
  /** Partitioned tables and inherited ones that its rows are also rows of, the nearest first. */
  parents: z.array(z.string()),
  columns: z.array(column),
  /** Complete keys over plain columns: what ON CONFLICT may name. */
  uniqueKeys: z.array(z.array(z.string())),
  /** Everything that answers "taken": unique and exclusion indexes, partial ones and those over expressions too. */
  oracles: z.array(z.object({ name: z.string(), columns: z.array(z.string()) })),
  foreignKeys: z.array(foreignKey),
  checks: z.array(check),
  /** What its triggers say, with the columns that they look at: they may refuse a row as a check does. */
  triggers: z.array(check),
  /** What its policies ask of a row, as SQL: one that has what they name may be open to others. */
  policies: z.array(z.string()),
  /** What the application's role may do to whole rows. */
  rights: z.array(z.enum(['select', 'insert', 'update', 'delete', 'truncate'])),
})

export type Column = z.infer<typeof column>
export type ForeignKey = z.infer<typeof foreignKey>
export type Check = z.infer<typeof check>
/** A table as the catalogue tells it to anybody. */
export type Described = z.infer<typeof described>
type Right = 'select' | 'insert' | 'update' | 'delete' | 'truncate'

/** A table with the columns that say whose a row is. */
export interface Table extends Described {
  /** In the order of the organization's key; empty when the table belongs to one through a foreign key. */
  readonly tenant: readonly string[]
}

interface Where {
  /** Every schema but the system's own when absent. */
  readonly schemas?: readonly string[]
  /** Whose rights are told; the login that reads when absent. */
  readonly role?: string
  /** Says whose a row of this table is. */
  readonly tenantOf: (table: Described) => readonly string[]
}

/** Every table of these schemas, partitions and their leaves included; a table after those it refers to. */
export async function tablesOf(reader: Queryable, where: Where): Promise<readonly Table[]> {
  const { rows } = await reader.query(tablesSql, [
    where.schemas === undefined ? null : [...where.schemas],
    where.role ?? null,
  ])
  return parentsFirst(
    z
      .array(described)
      .parse(rows)
      .map(one => ({ ...one, tenant: where.tenantOf(one) })),
  )
}

export function may(one: Table, right: Right): boolean {
  return one.rights.includes(right)
}

export function columnOf(one: Table, name: string): Column | undefined {
  return one.columns.find(column => column.name === name)
}

export function typeOf(one: Table, name: string): string {
  return columnOf(one, name)?.type ?? 'text'
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A table after those it refers to; tables that refer to each other in a circle keep the order of their names. */
function parentsFirst(tables: readonly Table[]): readonly Table[] {
  const known = new Map(tables.map(one => [one.label, one]))
  const placed = new Set<string>()
  const sorted: Table[] = []
  const visit = (first: Table): void => {
    // By hand and not by recursion: a chain of references may be as long as the list.
    const open: { readonly one: Table; readonly targets: string[] }[] = []
    const enter = (one: Table): void => {
      placed.add(one.label)
      open.push({ one, targets: one.foreignKeys.map(key => key.target) })
    }
    enter(first)
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const target = top.targets.shift()
      const next = target === undefined || placed.has(target) ? undefined : known.get(target)
      if (next !== undefined) enter(next)
      else if (target === undefined) {
        sorted.push(top.one)
        open.pop()
      }
    }
  }
  for (const one of tables) if (!placed.has(one.label)) visit(one)
  return sorted
}
