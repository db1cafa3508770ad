import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Queryable } from '../../../core/ports.ts'

const column = z.strictObject({
  name: z.string(),
  /** The type's own name when it is a plain type of the system, else empty. */
  base: z.string(),
  required: z.boolean(),
  ours: z.boolean(),
})

const tableRow = z.object({
  oid: z.string(),
  schema: z.string(),
  name: z.string(),
  label: z.string(),
  partitioned: z.boolean(),
  parent: z.string(),
  root: z.string(),
  inherits: z.boolean(),
  extension: z.boolean(),
  rules: z.array(z.string()),
  rows_estimate: z.number(),
  columns: z.array(column),
})

const uniqueRow = z.object({
  table_oid: z.string(),
  name: z.string(),
  label: z.string(),
  /** Empty for an expression. */
  columns: z.array(z.string()),
  tail: z.string(),
  constraint: z.string(),
  primary: z.boolean(),
  deferrable: z.boolean(),
  deferred: z.boolean(),
  valid: z.boolean(),
  plain: z.boolean(),
  /** Part of the same key of a partitioned table. */
  inherited: z.boolean(),
})

const foreignRow = z.object({
  oid: z.string(),
  name: z.string(),
  child: z.string(),
  child_label: z.string(),
  parent: z.string(),
  parent_label: z.string(),
  columns: z.array(z.string()),
  parent_columns: z.array(z.string()),
  set_columns: z.array(z.string()),
  on_delete: z.enum(['a', 'r', 'c', 'n', 'd']),
  on_update: z.enum(['a', 'r', 'c', 'n', 'd']),
  match_full: z.boolean(),
  deferrable: z.boolean(),
  deferred: z.boolean(),
  validated: z.boolean(),
  ordinary: z.boolean(),
  types_differ: z.boolean(),
})

const oddityRow = z.object({ kind: z.string(), object: z.string(), detail: z.string() })

const serverRow = z.object({ version: z.string(), number: z.number(), superuser: z.boolean(), database: z.string() })

export type Table = Readonly<z.output<typeof tableRow>>
export type UniqueKey = Readonly<z.output<typeof uniqueRow>>
export type ForeignKey = Readonly<z.output<typeof foreignRow>>
export type Oddity = Readonly<z.output<typeof oddityRow>>

/** What the catalogue says of the schemas, without what an adoption under way has added: a second look plans the same. */
export interface Survey {
  readonly server: Readonly<z.output<typeof serverRow>>
  readonly tables: readonly Table[]
  readonly uniqueKeys: readonly UniqueKey[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly oddities: readonly Oddity[]
}

const text = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8')

/** Catalogue only: takes no lock on a table, and needs no right to read one. */
export async function survey(database: Queryable, schemas: readonly string[]): Promise<Survey> {
  const read = async <S extends z.ZodType>(row: S, file: string): Promise<readonly z.output<S>[]> => {
    const { rows } = await database.query(text(file), [schemas])
    return rows.map(one => row.parse(one))
  }
  const { rows } = await database.query(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
       current_database()::text as database, (select rolsuper from pg_roles where rolname = current_user) as superuser`,
  )
  const foreignKeys = await read(foreignRow, './foreign-keys.sql')
  return Object.freeze({
    server: serverRow.parse(rows[0]),
    tables: await read(tableRow, './tables.sql'),
    uniqueKeys: await read(uniqueRow, './unique-keys.sql'),
    foreignKeys,
    oddities: await read(oddityRow, './oddities.sql'),
  })
}
