with used as (
  select objid,
    array_agg(distinct refobjid::text) filter (where refclassid = 'pg_proc'::regclass) as routines,
    array_agg(distinct refobjid::text) filter (where refclassid = 'pg_class'::regclass) as reads
  from pg_depend
  where classid = 'pg_policy'::regclass
  group by objid
)
select
  p.polrelid::text as relation,
  p.polname::text as name,
  p.polcmd::text as command,
  p.polpermissive as permissive,
  case when p.polroles = '{0}' then '{}' else array(select pg_get_userbyid(role)::text from unnest(p.polroles) role order by 1) end as roles,
  pg_get_expr(p.polqual, p.polrelid) as using,
  pg_get_expr(p.polwithcheck, p.polrelid) as check,
  coalesce(u.routines, '{}') as routines,
  array_remove(coalesce(u.reads, '{}'), p.polrelid::text) as reads
from pg_policy p
left join used u on u.objid = p.oid
order by p.polrelid, p.polname collate "C"
