select
  i.indrelid::text as relation,
  x.relname::text as name,
  m.amname::text as method,
  i.indkey::text as numbers,
  i.indnkeyatts::integer as keys,
  i.indisunique as unique,
  i.indisprimary as primary,
  i.indisexclusion as exclusion,
  i.indpred is not null as partial,
  i.indisvalid and i.indisready as valid,
  not i.indnullsnotdistinct as "nullsDistinct",
  x.relispartition as inherited,
  case
    when k.contype = 'x' then pg_get_constraintdef(k.oid)
    when i.indisunique or i.indisexclusion then pg_get_indexdef(i.indexrelid)
  end as definition,
  k.conname::text as constraint
from pg_index i
join pg_class x on x.oid = i.indexrelid
join pg_am m on m.oid = x.relam
join pg_class c on c.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
left join pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by i.indrelid, x.relname collate "C"
