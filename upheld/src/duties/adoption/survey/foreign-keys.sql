-- Foreign keys that touch those tables on either side; of a partitioned table only the key of its root.
select
  k.oid::text as oid,
  k.conname as name,
  k.conrelid::text as child,
  format('%I.%I', cn.nspname, c.relname) as child_label,
  k.confrelid::text as parent,
  format('%I.%I', pn.nspname, p.relname) as parent_label,
  array(select a.attname::text from unnest(k.conkey) with ordinality as u (attnum, place)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum order by u.place) as columns,
  array(select a.attname::text from unnest(k.confkey) with ordinality as u (attnum, place)
    join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.attnum order by u.place) as parent_columns,
  array(select a.attname::text from unnest(k.confdelsetcols) as u (attnum)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum) as set_columns,
  k.confdeltype as on_delete,
  k.confupdtype as on_update,
  k.confmatchtype = 'f' as match_full,
  k.condeferrable as deferrable,
  k.condeferred as deferred,
  k.convalidated as validated,
  coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true) and not coalesce((to_jsonb(k) ->> 'conperiod')::boolean, false) as ordinary,
  exists (
    select from unnest(k.conkey, k.confkey) as pair (own, other)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = pair.own
    join pg_attribute b on b.attrelid = k.confrelid and b.attnum = pair.other
    join pg_type t on t.oid = a.atttypid
    where a.atttypid <> b.atttypid or a.attcollation <> b.attcollation
      or (t.typnamespace <> 'pg_catalog'::regnamespace and t.typtype <> 'e')
  ) as types_differ
from pg_constraint k
join pg_class c on c.oid = k.conrelid join pg_namespace cn on cn.oid = c.relnamespace
join pg_class p on p.oid = k.confrelid join pg_namespace pn on pn.oid = p.relnamespace
where k.contype = 'f' and k.conparentid = 0 and k.conname !~ '^upheld_adopt_'
  and (cn.nspname = any ($1::text[]) or pn.nspname = any ($1::text[]))
order by cn.nspname, c.relname, k.conname
