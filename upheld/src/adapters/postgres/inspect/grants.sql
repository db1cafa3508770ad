-- What the application's login may do here and must not, one line each: kind and what.
with app as (
  select oid from pg_catalog.pg_roles where rolname = 'upheld_app'
), ours as (
  select n.oid, n.nspname from pg_catalog.pg_namespace n
  where n.nspname !~ '^pg_(toast|temp)' and n.nspname <> 'information_schema'
)
select 'database' as kind, p.privilege as what
from app, unnest(array['CREATE', 'TEMPORARY']) as p (privilege)
where pg_catalog.has_database_privilege(app.oid, pg_catalog.current_database(), p.privilege)
union all
select 'schemas', n.nspname from app, ours n where pg_catalog.has_schema_privilege(app.oid, n.oid, 'CREATE')
union all
select 'tables', pg_catalog.format('%s on %s', p.privilege, c.oid::regclass)
from app, ours n
join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f')
cross join unnest(array['TRUNCATE', 'REFERENCES', 'TRIGGER']) as p (privilege)
where n.nspname <> 'pg_catalog' and pg_catalog.has_table_privilege(app.oid, c.oid, p.privilege)
union all
-- The signatures are left out: one name is enough to find it.
select distinct 'functions', f.proname::text
from app, pg_catalog.pg_proc f
where f.pronamespace = 'pg_catalog'::regnamespace
  and (
    f.proname in (
      'set_config', 'pg_notify', 'pg_stat_get_activity', 'pg_sleep', 'pg_sleep_for', 'pg_sleep_until', 'loread', 'lowrite',
      'pg_read_file', 'pg_read_binary_file', 'pg_ls_dir', 'pg_stat_file'
    )
    or f.proname ~ '^(lo_|pg_(try_)?advisory_)'
    or f.proname ~ '^(query|table|schema|database|cursor)_to_xml'
  )
  and pg_catalog.has_function_privilege(app.oid, f.oid, 'EXECUTE')
union all
select 'statements', c.oid::regclass::text
from app, pg_catalog.pg_class c
where c.relname in ('pg_stat_statements', 'pg_stat_activity') and c.relkind = 'v'
  and (c.relname = 'pg_stat_statements' or pg_catalog.has_function_privilege(app.oid, 'pg_catalog.pg_stat_get_activity(integer)', 'EXECUTE'))
  and pg_catalog.has_table_privilege(app.oid, c.oid, 'SELECT')
order by 1, 2
