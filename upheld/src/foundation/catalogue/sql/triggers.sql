-- One that is enabled for replicas only does not run in a session as people have them.
select t.tgrelid::text as relation, t.tgname::text as name, t.tgfoid::text as routine,
  t.tgenabled in ('O', 'A') as enabled, t.tgenabled = 'A' as always, pg_get_triggerdef(t.oid) as definition
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
join pg_namespace n on n.oid = c.relnamespace
where not t.tgisinternal and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by t.tgrelid, t.tgname collate "C"
