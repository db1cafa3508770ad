-- A partition's share of a foreign key belongs to the key of the whole.
select
  k.conrelid::text as relation,
  k.conname::text as name,
  array_to_string(k.conkey, ' ') as numbers,
  k.confrelid::text as target,
  array_to_string(k.confkey, ' ') as "targetNumbers",
  k.confdeltype::text as "onDelete",
  k.confupdtype::text as "onUpdate",
  coalesce(array_to_string(k.confdelsetcols, ' '), '') as "onDeleteNumbers",
  k.convalidated as validated
from pg_constraint k
join pg_namespace n on n.oid = k.connamespace
where k.contype = 'f' and k.conparentid = 0 and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by k.conrelid, k.conname collate "C"
