-- Defence in depth: what the application never needs, it cannot call. Core functions are open to PUBLIC until revoked,
-- in each database by itself.
-- Hundreds of revokes, none of them on a tenant table: the guard of DDL need not look after each.
set local session_replication_role = 'replica';
do $$
declare
  routine record;
begin
  for routine in
    select p.oid::regprocedure as name
    from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace
      and (
        p.proname in (
          'set_config',                                              -- session state of a pooled connection
          'query_to_xml', 'query_to_xmlschema', 'query_to_xml_and_xmlschema',  -- plan a fresh statement inside another
          'table_to_xml', 'table_to_xmlschema', 'table_to_xml_and_xmlschema',
          'schema_to_xml', 'schema_to_xmlschema', 'schema_to_xml_and_xmlschema',
          'database_to_xml', 'database_to_xmlschema', 'database_to_xml_and_xmlschema', 'cursor_to_xml', 'cursor_to_xmlschema',
          'pg_notify',                                               -- a channel between organizations
          'pg_sleep', 'pg_sleep_for', 'pg_sleep_until',
          'pg_terminate_backend', 'pg_cancel_backend',               -- every session of the application has one role
          'pg_prepared_statement', 'pg_cursor',                      -- what another organization ran on this connection
          'lastval', 'currval', 'setval', 'setseed',                 -- what it left behind there
          'pg_sequence_last_value', 'pg_get_sequence_data',          -- and how much there is of everything
          'pg_relation_size', 'pg_table_size', 'pg_indexes_size', 'pg_total_relation_size', 'pg_database_size',
          'pg_lock_status', 'pg_blocking_pids', 'pg_export_snapshot', 'pg_logical_emit_message'
        )
        or p.proname ~ '^pg_stat_get_'                               -- other sessions, and counts of every table
        or p.proname ~ '^lo_' or p.proname in ('loread', 'lowrite')  -- large objects have no organization
        or p.proname ~ '^pg_(try_)?advisory_'                        -- locks that others wait for
      )
  loop
    execute format('revoke execute on function %s from public, upheld_guard, upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console', routine.name);
  end loop;
end
$$;
set local session_replication_role = 'origin';
grant execute on function pg_catalog.set_config(text, text, boolean) to upheld_guard, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs;
grant execute on function pg_catalog.pg_advisory_xact_lock(bigint) to upheld_migrate, upheld_proof, upheld_record;

do $$
begin
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to upheld_app, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console', current_database());
end
$$;
revoke all on schema public from public;
