const label = (relation: string): string =>
  `(select quote_ident(rn.nspname) || '.' || quote_ident(rc.relname) from pg_class rc join pg_namespace rn on rn.oid = rc.relnamespace where rc.oid = ${relation})`

const names = (relation: string, numbers: string): string =>
  `(select jsonb_agg(a.attname order by p.n) from unnest(${numbers}) with ordinality p (attnum, n)
    join pg_attribute a on a.attrelid = ${relation} and a.attnum = p.attnum)`

const columns = `
  select coalesce(jsonb_agg(jsonb_build_object(
      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'base', case when b.typtype = 'e' then 'enum' when b.typcategory = 'A' then 'array' else format_type(b.oid, null) end,
      'labels', (select coalesce(jsonb_agg(e.enumlabel order by e.enumsortorder), '[]') from pg_enum e where e.enumtypid = b.oid),
      'lengthMax', case when b.typname in ('varchar', 'bpchar') and greatest(a.atttypmod, t.typtypmod) > 4
                   then greatest(a.atttypmod, t.typtypmod) - 4 end,
      'required', a.attnotnull or t.typnotnull,
      'filled', a.atthasdef or a.attidentity <> '' or a.attgenerated <> '' or t.typdefault is not null,
      'generated', a.attgenerated <> '' or a.attidentity = 'a',
      'identity', a.attidentity <> '',
      'readable', has_column_privilege(me.oid, c.oid, a.attnum, 'select'),
      'writable', has_column_privilege(me.oid, c.oid, a.attnum, 'update')
    ) order by a.attnum), '[]')
   from pg_attribute a join pg_type t on t.oid = a.atttypid
   join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`

const uniqueKeys = `
  select coalesce(jsonb_agg(k.columns), '[]') from (
     select jsonb_agg(a.attname order by p.n) as columns
     from pg_index i cross join lateral unnest(i.indkey::int2[]) with ordinality p (attnum, n)
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = p.attnum
     where i.indrelid = c.oid and i.indisunique and i.indimmediate and i.indisvalid and i.indpred is null
       and 0 <> all (i.indkey::int2[]) and p.n <= i.indnkeyatts
     group by i.indexrelid) k`

// pg_depend names every column of an index, those in its expressions and its predicate too.
const oracles = `
  select coalesce(jsonb_agg(jsonb_build_object('name', x.relname, 'columns', (
      select coalesce(jsonb_agg(distinct a.attname), '[]') from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
        and (a.attnum = any (i.indkey::int2[])
          or exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid
            and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid = a.attnum))
    )) order by x.relname), '[]')
  from pg_index i join pg_class x on x.oid = i.indexrelid
  where i.indrelid = c.oid and (i.indisunique or i.indisexclusion)`

const foreignKeys = `
  select coalesce(jsonb_agg(jsonb_build_object('name', f.conname, 'deferred', f.condeferred, 'onDelete', f.confdeltype,
      'target', ${label('f.confrelid')},
      'columns', ${names('f.conrelid', 'f.conkey')},
      'targetColumns', ${names('f.confrelid', 'f.confkey')}) order by f.conname), '[]')
   from pg_constraint f where f.conrelid = c.oid and f.contype = 'f'
     -- A partition repeats the key of its parent; a parent that is referred to repeats it for each of its partitions.
     and not exists (select from pg_constraint up where up.oid = f.conparentid and up.conrelid = f.conrelid)`

const checks = `
  select coalesce(jsonb_agg(jsonb_build_object('name', x.conname, 'definition', x.definition, 'columns', x.columns)), '[]') from (
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
     where c.relispartition and pg_get_partition_constraintdef(c.oid) is not null) x`

const triggers = `
  select coalesce(jsonb_agg(jsonb_build_object('name', g.tgname, 'definition', left(p.prosrc, 20000), 'columns', (
      select coalesce(jsonb_agg(a.attname), '[]') from pg_attribute a where a.attrelid = c.oid and a.attnum > 0
        and position('new.' || lower(a.attname) in replace(lower(p.prosrc), '"', '')) > 0))), '[]')
  from pg_trigger g join pg_proc p on p.oid = g.tgfoid
  where g.tgrelid = c.oid and not g.tgisinternal and g.tgenabled in ('O', 'A')`

const policies = `
  select coalesce(jsonb_agg(concat_ws(' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))), '[]')
  from pg_policy p where p.polrelid = c.oid`

const parents = `
  with recursive up (oid, depth) as (
    select i.inhparent, 1 from pg_inherits i where i.inhrelid = c.oid
    union all
    select i.inhparent, up.depth + 1 from pg_inherits i join up on i.inhrelid = up.oid
  ) select coalesce(jsonb_agg(${label('up.oid')} order by up.depth), '[]') from up`

const rights = `
  select coalesce(jsonb_agg(r.word), '[]') from unnest(array['select', 'insert', 'update', 'delete', 'truncate']) r (word)
  where has_schema_privilege(me.oid, n.oid, 'usage') and has_table_privilege(me.oid, c.oid, r.word)`

/** $1 schemas or null for every one that is not the system's, $2 the role whose rights are asked or null for one's own. */
export const tablesSql = `
with me as (select oid from pg_roles where rolname = coalesce($2::text, current_user))
select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as label, c.relkind = 'p' as partitioned,
  (${parents}) as parents,
  (${columns}) as columns,
  (${uniqueKeys}) as "uniqueKeys",
  (${oracles}) as oracles,
  (${foreignKeys}) as "foreignKeys",
  (${checks}) as checks,
  (${triggers}) as triggers,
  (${policies}) as policies,
  (${rights}) as rights
from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join me
where c.relkind in ('r', 'p') and c.relpersistence <> 't'
  and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
  and ($1::text[] is null or n.nspname = any ($1))
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 1`
