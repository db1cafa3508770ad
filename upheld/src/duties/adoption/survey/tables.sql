-- Tables of the schemas $1, with the tree of their partitions, without what this adoption added itself.
select
  c.oid::text as oid,
  n.nspname as schema,
  c.relname as name,
  format('%I.%I', n.nspname, c.relname) as label,
  c.relkind = 'p' as partitioned,
  coalesce((select i.inhparent::text from pg_inherits i where i.inhrelid = c.oid and c.relispartition), '') as parent,
  coalesce(case when c.relispartition then pg_partition_root(c.oid)::oid::text end, c.oid::text) as root,
  not c.relispartition and exists (select from pg_inherits i where c.oid in (i.inhrelid, i.inhparent) and c.relkind = 'r') as inherits,
  exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') as extension,
  array(select r.rulename::text from pg_rewrite r where r.ev_class = c.oid) as rules,
  c.reltuples::float8 as rows_estimate,
  coalesce((
    select json_agg(json_build_object(
      'name', a.attname,
      'base', case when t.typtype = 'b' and t.typnamespace = 'pg_catalog'::regnamespace then t.typname else '' end,
      'required', a.attnotnull,
      'ours', coalesce(col_description(c.oid, a.attnum), '') = 'upheld: adoption'
    ) order by a.attnum)
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ), '[]') as columns
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any ($1::text[]) and c.relkind in ('r', 'p') and c.relpersistence <> 't'
order by c.relispartition, n.nspname, c.relname
