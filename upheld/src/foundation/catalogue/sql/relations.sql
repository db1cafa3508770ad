with parent as (
  select inhrelid, array_agg(inhparent::text order by inhseqno) as parents from pg_inherits group by inhrelid
),
option as (
  select c.oid,
    bool_or(o.option_value::boolean) filter (where o.option_name = 'security_invoker') as invoker,
    bool_or(o.option_value::boolean) filter (where o.option_name = 'security_barrier') as barrier
  from pg_class c cross join pg_options_to_table(c.reloptions) o
  where c.relkind = 'v' and o.option_name in ('security_invoker', 'security_barrier')
  group by c.oid
)
select
  c.oid::text,
  n.nspname::text as schema,
  c.relname::text as name,
  quote_ident(n.nspname) || '.' || quote_ident(c.relname) as label,
  c.relkind::text as kind,
  pg_get_userbyid(c.relowner)::text as owner,
  c.relacl::text as acl,
  c.relrowsecurity as "rowSecurity",
  c.relforcerowsecurity as "rowSecurityForced",
  p.parents,
  c.relispartition as partition,
  c.reltuples::float8 as "rowsEstimate",
  d.description as comment,
  coalesce(o.invoker, false) as "securityInvoker",
  coalesce(o.barrier, false) as "securityBarrier",
  e.extname::text as extension
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join parent p on p.inhrelid = c.oid
left join option o on o.oid = c.oid
left join pg_description d on d.classoid = 'pg_class'::regclass and d.objoid = c.oid and d.objsubid = 0
left join pg_depend m on m.classid = 'pg_class'::regclass and m.objid = c.oid and m.objsubid = 0 and m.deptype = 'e'
left join pg_extension e on m.refclassid = 'pg_extension'::regclass and e.oid = m.refobjid
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by n.nspname collate "C", c.relname collate "C"
