import { z } from 'zod'
import type { Statements } from '../../foundation/tenancy/index.ts'
import type { SealedColumn, SealedPlace } from '../../foundation/vault/index.ts'

/** Where a sealed column is. Names as SQL, quoted already; but the schema, which is compared. */
export interface PlaceAt extends SealedPlace {
  readonly schema: string
  readonly relation: string
  readonly name: string
}

/** A column whose label and key say what each value is sealed for. */
export interface ColumnAt extends SealedColumn, PlaceAt {
  readonly keys: readonly { readonly name: string; readonly type: string }[]
  readonly subject: string | undefined
  readonly index: { readonly name: string; readonly required: boolean } | undefined
}

export interface Columns {
  readonly labelled: readonly ColumnAt[]
  readonly unlabelled: readonly PlaceAt[]
}

/** Tables and partition roots, of all schemas; a partition is reached through its root. */
const columnsSql = `
  select s.label, n.nspname as schema, format('%I.%I', n.nspname, c.relname) as relation, quote_ident(a.attname) as name,
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
  order by s.label, 3, 4`

const columnForm = z.strictObject({
  label: z.string().nullable(),
  schema: z.string(),
  relation: z.string(),
  name: z.string(),
  keys: z
    .array(z.strictObject({ name: z.string(), type: z.enum(['uuid', 'text', 'integer', 'bigint']) }))
    .min(1)
    .nullable(),
  subject: z.string().nullable(),
  index: z.strictObject({ name: z.string(), required: z.boolean(), bits: z.number().nullable() }).nullable(),
})

/** As any login sees them that may ask: the catalogue tells all of them to everybody. */
export async function columnsOf(statements: Statements): Promise<Columns> {
  const rows = (await statements.query(columnsSql)).map(row => columnForm.parse(row))
  return {
    labelled: rows.flatMap(row => labelled(row) ?? []),
    unlabelled: rows.filter(row => labelled(row) === undefined).map(placeOf),
  }
}

type ColumnRow = z.output<typeof columnForm>

function placeOf({ schema, relation, name }: ColumnRow): PlaceAt {
  return Object.freeze({ schema, relation, name, says: `${relation}.${name}` })
}

function labelled(row: ColumnRow): ColumnAt | undefined {
  const { label, keys, subject, index } = row
  if (label === null || keys === null) return undefined
  const dot = label.lastIndexOf('.')
  return Object.freeze({
    ...placeOf(row),
    table: label.slice(0, dot),
    column: label.slice(dot + 1),
    indexed: index !== null,
    ...(index === null || index.bits === null ? {} : { indexBits: index.bits }),
    keys,
    subject: subject ?? undefined,
    index: index === null ? undefined : { name: index.name, required: index.required },
  })
}
