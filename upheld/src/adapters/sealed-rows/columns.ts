import { z } from 'zod'
import type { Statements } from '../../foundation/tenancy/index.ts'
import type { SealedColumn } from '../../foundation/vault/index.ts'

/** A sealed column with its names as SQL: all of them are quoted already. */
export interface ColumnAt extends SealedColumn {
  readonly relation: string
  readonly name: string
  readonly keys: readonly { readonly name: string; readonly type: string }[]
  readonly subject: string | undefined
  readonly index: { readonly name: string; readonly required: boolean } | undefined
}

/** Tables and partition roots; a partition is reached through its root. */
const columnsSql = `
  select s.label, format('%I.%I', n.nspname, c.relname) as relation, quote_ident(a.attname) as name,
    (select json_agg(json_build_object('name', quote_ident(k.attname), 'type', format_type(k.atttypid, null)) order by u.place)
     from unnest(s.keys) with ordinality as u (attnum, place)
     join pg_attribute k on k.attrelid = s.relation and k.attnum = u.attnum) as keys,
    (select quote_ident(p.attname) from pg_attribute p where p.attrelid = s.relation and p.attnum = s.subject) as subject,
    (select json_build_object('name', quote_ident(i.attname), 'required', i.attnotnull,
       'bits', substring(col_description(i.attrelid, i.attnum) from ' in (\\d{1,3}) bits(; even so: .*)?$')::integer)
     from pg_attribute i
     where i.attrelid = s.relation and not i.attisdropped and i.atttypid = 'upheld.blind_index'::regtype
       and case when col_description(i.attrelid, i.attnum) is null then i.attname = a.attname || '_index'
         else regexp_replace(col_description(i.attrelid, i.attnum), '( in \\d{1,3} bits)?(; even so: .*)?$', '') = 'blind index of ' || s.label end
     order by i.attnum limit 1) as index
  from upheld.sealed_columns() s
  join pg_class c on c.oid = s.relation and not c.relispartition
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = s.relation and a.attnum = s.attnum
  where s.label is not null and s.keys is not null
  order by s.label`

const columnForm = z.strictObject({
  label: z.string(),
  relation: z.string(),
  name: z.string(),
  keys: z.array(z.strictObject({ name: z.string(), type: z.enum(['uuid', 'text', 'integer', 'bigint']) })).min(1),
  subject: z.string().nullable(),
  index: z.strictObject({ name: z.string(), required: z.boolean(), bits: z.number().nullable() }).nullable(),
})

export async function columnsOf(statements: Statements): Promise<readonly ColumnAt[]> {
  const rows = await statements.query(columnsSql)
  return rows.map(row => {
    const { label, relation, name, keys, subject, index } = columnForm.parse(row)
    const dot = label.lastIndexOf('.')
    return Object.freeze({
      table: label.slice(0, dot),
      column: label.slice(dot + 1),
      says: `${relation}.${name}`,
      indexed: index !== null,
      ...(index === null || index.bits === null ? {} : { indexBits: index.bits }),
      relation,
      name,
      keys,
      subject: subject ?? undefined,
      index: index === null ? undefined : { name: index.name, required: index.required },
    })
  })
}
