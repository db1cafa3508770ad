import { z } from 'zod'
import type { Queryable } from '../../../core/ports.ts'

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
  generated: z.boolean(),
})
const foreignKey = z.object({
  name: z.string(),
  columns: z.array(z.string()),
  target: z.string(),
  targetColumns: z.array(z.string()),
  /** Checked at commit only. */
  deferred: z.boolean(),
})
const check = z.object({ name: z.string(), definition: z.string(), columns: z.array(z.string()) })
const table = z.object({
  /** Schema and name, quoted where SQL needs it. */
  label: z.string(),
  partitioned: z.boolean(),
  columns: z.array(column),
  uniqueKeys: z.array(z.array(z.string())),
  foreignKeys: z.array(foreignKey),
  checks: z.array(check),
})

export type Column = z.infer<typeof column>
export type ForeignKey = z.infer<typeof foreignKey>
export type Check = z.infer<typeof check>
/** A table of a tenant schema, as the catalogue tells it to anybody. */
export type Table = z.infer<typeof table>

const tablesSql = `
select c.oid::regclass::text as label, c.relkind = 'p' as partitioned,
  (select coalesce(jsonb_agg(jsonb_build_object(
      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'base', case when b.typtype = 'e' then 'enum' when b.typcategory = 'A' then 'array' else format_type(b.oid, null) end,
      'labels', (select coalesce(jsonb_agg(e.enumlabel order by e.enumsortorder), '[]') from pg_enum e where e.enumtypid = b.oid),
      'lengthMax', case when b.typname in ('varchar', 'bpchar') and greatest(a.atttypmod, t.typtypmod) > 4
                   then greatest(a.atttypmod, t.typtypmod) - 4 end,
      'required', a.attnotnull or t.typnotnull,
      'filled', a.atthasdef or a.attidentity <> '' or a.attgenerated <> '' or t.typdefault is not null,
      'generated', a.attgenerated <> '' or a.attidentity = 'a'
    ) order by a.attnum), '[]')
   from pg_attribute a join pg_type t on t.oid = a.atttypid
   join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select coalesce(jsonb_agg(k.columns), '[]') from (
     select jsonb_agg(a.attname order by p.n) as columns
     from pg_index i cross join lateral unnest(i.indkey::int2[]) with ordinality p (attnum, n)
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = p.attnum
     where i.indrelid = c.oid and i.indisunique and i.indpred is null and 0 <> all (i.indkey::int2[]) and p.n <= i.indnkeyatts
     group by i.indexrelid) k) as "uniqueKeys",
  (select coalesce(jsonb_agg(jsonb_build_object('name', f.conname, 'deferred', f.condeferred, 'target', f.confrelid::regclass::text,
      'columns', (select jsonb_agg(a.attname order by p.n) from unnest(f.conkey) with ordinality p (attnum, n)
                  join pg_attribute a on a.attrelid = f.conrelid and a.attnum = p.attnum),
      'targetColumns', (select jsonb_agg(a.attname order by p.n) from unnest(f.confkey) with ordinality p (attnum, n)
                  join pg_attribute a on a.attrelid = f.confrelid and a.attnum = p.attnum)) order by f.conname), '[]')
   from pg_constraint f where f.conrelid = c.oid and f.contype = 'f' and f.conparentid = 0) as "foreignKeys",
  (select coalesce(jsonb_agg(jsonb_build_object('name', x.conname, 'definition', x.definition, 'columns', x.columns)), '[]') from (
     select k.conname, pg_get_constraintdef(k.oid) as definition,
       (select coalesce(jsonb_agg(a.attname), '[]') from pg_attribute a where a.attrelid = c.oid and a.attnum = any (k.conkey)) as columns
     from pg_constraint k where k.conrelid = c.oid and k.contype = 'c'
     union all
     select d.conname, pg_get_constraintdef(d.oid), jsonb_build_array(a.attname)
     from pg_attribute a join pg_constraint d on d.contypid = a.atttypid and d.contype = 'c'
     where a.attrelid = c.oid and a.attnum > 0
     union all
     select '', pg_get_partition_constraintdef(c.oid), (select jsonb_agg(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
       and position(a.attname in pg_get_partition_constraintdef(c.oid)) > 0)
     where c.relispartition and pg_get_partition_constraintdef(c.oid) is not null) x) as checks
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname = any ($1)
order by 1`

/** Every table of these schemas, partitions and their leaves included. */
export async function tablesOf(reader: Queryable, schemas: readonly string[]): Promise<readonly Table[]> {
  const { rows } = await reader.query(tablesSql, [[...schemas]])
  return parentsFirst(z.array(table).parse(rows))
}

/** A table after those it refers to; tables that refer to each other in a circle keep the order of their names. */
function parentsFirst(tables: readonly Table[]): readonly Table[] {
  const placed: Table[] = []
  const waiting = [...tables]
  while (waiting.length > 0) {
    const free = waiting.findIndex(one =>
      one.foreignKeys.every(key => key.target === one.label || !waiting.some(other => other.label === key.target)),
    )
    placed.push(...waiting.splice(Math.max(free, 0), 1))
  }
  return placed
}

const otherName = z.object({ label: z.string() })
const routine = z.object({ label: z.string(), arguments: z.array(z.string()) })
export type Routine = z.infer<typeof routine>

/** Every relation outside the system schemas that the application's login may read and that is not one of these tables. */
export async function otherRelationsOf(reader: Queryable, tables: readonly Table[]): Promise<readonly string[]> {
  const { rows } = await reader.query(
    `select c.oid::regclass::text as label from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
       and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') order by 1`,
  )
  const known = new Set(tables.map(one => one.label))
  return z
    .array(otherName)
    .parse(rows)
    .flatMap(row => (known.has(row.label) ? [] : [row.label]))
}

/** Every function outside the system schemas that the application's login may call. */
export async function routinesOf(reader: Queryable): Promise<readonly Routine[]> {
  const { rows } = await reader.query(
    `select quote_ident(n.nspname) || '.' || quote_ident(p.proname) as label,
       coalesce((select jsonb_agg(format_type(t.type, null) order by t.n)
                 from unnest(p.proargtypes::oid[]) with ordinality t (type, n)), '[]') as arguments
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname not in ('pg_catalog', 'information_schema') and p.prokind = 'f'
       and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
       and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute') order by 1, 2`,
  )
  return z.array(routine).parse(rows)
}
