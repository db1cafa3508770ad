-- Unique keys of those tables. The tail is the definition from its first column on, as pg_get_indexdef prints it.
select
  t.oid::text as table_oid,
  c.relname as name,
  format('%I.%I', n.nspname, c.relname) as label,
  array(
    select coalesce((select a.attname::text from pg_attribute a where a.attrelid = t.oid and a.attnum = k.attnum), '')
    from unnest(i.indkey::int2[]) with ordinality as k (attnum, place) where k.place <= i.indnkeyatts order by k.place
  ) as columns,
  substr(pg_get_indexdef(i.indexrelid), 1 + length(format('CREATE UNIQUE INDEX %I ON %s%I.%I USING btree (',
    c.relname, case when t.relkind = 'p' then 'ONLY ' else '' end, tn.nspname, t.relname))) as tail,
  coalesce(k.conname::text, '') as constraint,
  coalesce(k.contype = 'p', false) as primary,
  coalesce(k.condeferrable, false) as deferrable,
  coalesce(k.condeferred, false) as deferred,
  i.indisvalid as valid,
  am.amname = 'btree' as plain,
  exists (select from pg_inherits h where h.inhrelid = c.oid) as inherited
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_am am on am.oid = c.relam
join pg_class t on t.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_namespace tn on tn.oid = t.relnamespace
left join pg_constraint k on k.conindid = c.oid and k.conrelid = t.oid and k.contype in ('p', 'u', 'x')
where tn.nspname = any ($1::text[]) and t.relkind in ('r', 'p') and i.indisunique and c.relname !~ '^upheld_adopt_'
order by n.nspname, t.relname, c.relname
