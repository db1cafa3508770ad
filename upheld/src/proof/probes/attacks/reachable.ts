import { z } from 'zod'
import type { Queryable } from '../../../core/ports.ts'

const relation = z.object({
  label: z.string(),
  kind: z.enum(['table', 'view', 'materialized view', 'foreign table', 'sequence']),
  /** Those that may be read; a grant may name single columns. */
  columns: z.array(z.string()),
  /** What may be changed through it. */
  changes: z.array(z.enum(['insert', 'update', 'delete'])),
  writable: z.array(z.string()),
})
/** Whatever may be read besides the attacked tables: views, copies, shared tables, sequences. */
export type Relation = z.infer<typeof relation>

const routine = z.object({
  label: z.string(),
  arguments: z.array(z.object({ name: z.string(), type: z.string(), base: z.string() })),
  definer: z.boolean(),
  leakproof: z.boolean(),
  procedure: z.boolean(),
  returns: z.string(),
})
export type Routine = z.infer<typeof routine>

/** $1 the role, null for one's own; $2 tables that are attacked by themselves. */
const relationsSql = `
with me as (select oid from pg_roles where rolname = coalesce($1::text, current_user))
select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as label,
  case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' when 'S' then 'sequence' else 'table' end as kind,
  (select coalesce(jsonb_agg(a.attname order by a.attnum), '[]') from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
    and not a.attisdropped and has_column_privilege(me.oid, c.oid, a.attnum, 'select')) as columns,
  (select coalesce(jsonb_agg(w.word), '[]') from unnest(array['insert', 'update', 'delete']) with ordinality w (word, n)
    where c.relkind = 'v' and (has_table_privilege(me.oid, c.oid, w.word) or (w.word <> 'delete' and has_any_column_privilege(me.oid, c.oid, case w.word when 'delete' then 'select' else w.word end)))
      and pg_relation_is_updatable(c.oid, true) & (case w.word when 'insert' then 8 when 'update' then 4 else 16 end) > 0) as changes,
  (select coalesce(jsonb_agg(a.attname order by a.attnum), '[]') from pg_attribute a where c.relkind = 'v' and a.attrelid = c.oid and a.attnum > 0
    and not a.attisdropped and has_column_privilege(me.oid, c.oid, a.attnum, 'update') and pg_column_is_updatable(c.oid, a.attnum, true)) as writable
from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join me
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
  and has_schema_privilege(me.oid, n.oid, 'usage')
  and quote_ident(n.nspname) || '.' || quote_ident(c.relname) <> all ($2)
  and case when c.relkind = 'S' then has_sequence_privilege(me.oid, c.oid, 'select')
    else has_any_column_privilege(me.oid, c.oid, 'select, insert, update') or has_table_privilege(me.oid, c.oid, 'delete') end
order by 1`

// Functions of an extension that run with the caller's rights see what the caller sees.
const routinesSql = `
with me as (select oid from pg_roles where rolname = coalesce($1::text, current_user))
select quote_ident(n.nspname) || '.' || quote_ident(p.proname) as label,
  coalesce((select jsonb_agg(jsonb_build_object('name', coalesce(p.proargnames[t.n], ''), 'type', format_type(t.type, null),
      'base', format_type(coalesce(nullif(b.typbasetype, 0), b.oid), null)) order by t.n)
    from unnest(p.proargtypes::oid[]) with ordinality t (type, n) join pg_type b on b.oid = t.type), '[]') as arguments,
  p.prosecdef as definer, p.proleakproof as leakproof, p.prokind = 'p' as procedure, format_type(p.prorettype, null) as returns
from pg_proc p join pg_namespace n on n.oid = p.pronamespace cross join me
where n.nspname not in ('pg_catalog', 'information_schema') and p.prokind in ('f', 'p')
  and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
  and has_schema_privilege(me.oid, n.oid, 'usage') and has_function_privilege(me.oid, p.oid, 'execute')
  and (p.prosecdef or not exists (
    select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'))
order by 1, 2`

export async function relationsBeside(
  reader: Queryable,
  attacked: readonly string[],
  role?: string,
): Promise<readonly Relation[]> {
  const { rows } = await reader.query(relationsSql, [role ?? null, [...attacked]])
  return z.array(relation).parse(rows)
}

/** Every function and procedure outside the system schemas that the role may call. */
export async function routinesOf(reader: Queryable, role?: string): Promise<readonly Routine[]> {
  const { rows } = await reader.query(routinesSql, [role ?? null])
  return z.array(routine).parse(rows)
}

export function nameOf(one: Routine): string {
  return `${one.label}(${one.arguments.map(({ type }) => type).join(', ')})`
}
