-- Two schemas. `upheld_identity` knows persons, across organizations: who they are and how they prove it. `upheld_access`
-- knows members: who of them belongs to which organization and what they may do there; every table of it is led by
-- organization_id, behind row security, and recorded in the organization's own log.
-- The application's login reaches neither: whoever injects SQL into it finds no hash and makes nobody an owner.
create schema if not exists upheld_identity;
create schema if not exists upheld_access;
revoke all on schema upheld_identity, upheld_access from public, upheld_guard, upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console;
grant usage on schema upheld_identity to upheld_identity, upheld_jobs, upheld_page;
grant usage on schema upheld_access to upheld_identity, upheld_jobs;

-- Whatever was loosened in between is taken back at every start; the files after this one build it up again.
do $$
declare
  wall record;
  loose record;
begin
  for wall in
    select c.oid::regclass as name, n.nspname as schema from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('upheld_identity', 'upheld_access') and c.relkind in ('r', 'p', 'v', 'S')
  loop
    for loose in select polname from pg_policy where polrelid = wall.name loop
      execute format('drop policy %I on %s', loose.polname, wall.name);
    end loop;
    execute format('revoke all on %s from public, upheld_guard, upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console', wall.name);
  end loop;
end
$$;
