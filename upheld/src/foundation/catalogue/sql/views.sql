-- What a view reads and calls, and the rules beside the one that makes a view.
select
  r.ev_class::text as relation,
  case when r.rulename = '_RETURN' then null else r.rulename::text end as rule,
  coalesce(array_agg(distinct d.refobjid::text) filter (where d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class), '{}') as reads,
  case when r.rulename = '_RETURN' and c.relkind = 'v' then pg_get_viewdef(c.oid) end as definition,
  coalesce(array_agg(distinct d.refobjid::text) filter (where d.refclassid = 'pg_proc'::regclass), '{}') as calls
from pg_rewrite r
join pg_class c on c.oid = r.ev_class
join pg_namespace n on n.oid = c.relnamespace
left join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
group by r.oid, r.ev_class, r.rulename, c.oid, c.relkind
order by r.ev_class, r.rulename collate "C"
