-- A table of members that one of the files above forgot to wall in stops the installation.
do $$
declare
  open_table record;
begin
  for open_table in
    select c.oid::regclass::text as name from pg_class c
    where c.relnamespace = 'upheld_access'::regnamespace and c.relkind in ('r', 'p')
      and not (c.relrowsecurity and c.relforcerowsecurity
        and exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'upheld_tenant')
        and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and a.attnotnull))
  loop
    raise exception 'upheld: % has no wall', open_table.name;
  end loop;
end
$$;
-- Every change of a member, a role or an exception is an entry of the organization's own log.
select upheld_audit.mend(true);
