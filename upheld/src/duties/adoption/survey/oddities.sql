-- What stands in the way whatever the tenant is: one line for each object of the schemas $1, with a word for its kind.
with ns as (select oid, nspname from pg_namespace where nspname = any ($1::text[]))
select 'missing_schema' as kind, quote_ident(wanted) as object, '' as detail
  from unnest($1::text[]) as wanted where wanted not in (select nspname from ns)
union all
select 'schema_name', quote_ident(nspname), '' from ns where nspname !~ '^[a-z_][a-z0-9_]{0,62}$' or nspname ~ '^(pg_|upheld)'
union all
select case c.relkind when 'm' then 'materialized_view' else 'foreign_table' end, format('%I.%I', ns.nspname, c.relname), ''
  from pg_class c join ns on ns.oid = c.relnamespace where c.relkind in ('m', 'f')
union all
select 'exclusion', format('%s: %I', k.conrelid::regclass, k.conname), '' from pg_constraint k join pg_class c on c.oid = k.conrelid
  join ns on ns.oid = c.relnamespace where k.contype = 'x' and k.conparentid = 0
union all
select case when p.prosecdef then 'definer' else 'leakproof' end, p.oid::regprocedure::text, ''
  from pg_proc p join ns on ns.oid = p.pronamespace where p.prosecdef or p.proleakproof
union all
select 'view_on_key', format('%I.%I', vn.nspname, v.relname), format('%I', k.conname)
  from pg_depend d join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
  join pg_class v on v.oid = r.ev_class join pg_namespace vn on vn.oid = v.relnamespace
  join pg_constraint k on d.refclassid = 'pg_constraint'::regclass and d.refobjid = k.oid
  join pg_class c on c.oid = k.conrelid join ns on ns.oid = c.relnamespace
union all
select 'view_rule', format('%I.%I', ns.nspname, c.relname), format('%I', r.rulename)
  from pg_rewrite r join pg_class c on c.oid = r.ev_class join ns on ns.oid = c.relnamespace
  where c.relkind = 'v' and r.ev_type <> '1'
union all
select 'name_too_close', format('%s: %I', k.conrelid::regclass, k.conname), '' from pg_constraint k join pg_class c on c.oid = k.conrelid
  join ns on ns.oid = c.relnamespace where k.conname ~ '^upheld_adopt_' and to_regnamespace('upheld_adoption') is null
order by 1, 2
