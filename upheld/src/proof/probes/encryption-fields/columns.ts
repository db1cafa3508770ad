import { z } from 'zod'
import type { Queryable } from '../../../core/ports.ts'

/** A sealed column, as the catalogue and its label say. Names as SQL takes them with quotes around. */
export interface SealedColumn {
  /** Schema and name, quoted where SQL needs it. */
  readonly relation: string
  readonly name: string
  /** What values are sealed for: they survive a renaming. */
  readonly label: { readonly table: string; readonly column: string }
  readonly keys: readonly string[]
  readonly subject: string | undefined
}

const rowsForm = z.array(
  z.object({
    relation: z.string(),
    name: z.string(),
    label: z.string(),
    keys: z.array(z.string()).min(1),
    subject: z.string().nullable(),
  }),
)

const columnsSql = `
  select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as relation, a.attname as name, s.label, p.attname as subject,
    (select array_agg(k.attname::text order by i.place) from unnest(s.keys) with ordinality as i (attnum, place)
     join pg_attribute k on k.attrelid = s.relation and k.attnum = i.attnum) as keys
  from upheld.sealed_columns() s
  join pg_class c on c.oid = s.relation join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = s.relation and a.attnum = s.attnum
  left join pg_attribute p on p.attrelid = s.relation and p.attnum = s.subject
  where c.relkind = 'r' and n.nspname = any ($1)
  order by 1, 2`

/** Every sealed column of the tenant tables that the login sees; each leaf of a partitioned table by itself. */
export async function sealedColumnsOf(login: Queryable, schemas: readonly string[]): Promise<readonly SealedColumn[]> {
  const { rows } = await login.query(columnsSql, [[...schemas]])
  return rowsForm.parse(rows).map(({ label, subject, ...row }) => {
    const dot = label.lastIndexOf('.')
    return {
      ...row,
      label: { table: label.slice(0, dot), column: label.slice(dot + 1) },
      subject: subject ?? undefined,
    }
  })
}
