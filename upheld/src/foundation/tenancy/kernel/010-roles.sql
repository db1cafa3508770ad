-- Roles. Cluster-wide, so every statement may find them already there.
-- A boundary is a login: SET ROLE is none, it can be undone by whoever can run SQL.
do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('upheld_owner',   'nologin'),  -- owns the tenant tables; row security is forced on it
      ('upheld_guard',   'nologin'),  -- owns the context keys and the verifier
      ('upheld_app',     'login'),    -- the application: member of nothing, owner of nothing
      ('upheld_migrate', 'login'),    -- may become the owner, for migrations only
      ('upheld_proof',   'login'),    -- writes runs and evidence, reads no customer's row
      ('upheld_record',  'login'),    -- moves what was recorded into the audit logs
      ('upheld_page',    'login')     -- reads runs and evidence
    ) as role (name, kind)
  loop
    begin
      execute format('create role %I %s noinherit', wanted.name, wanted.kind);
    exception when duplicate_object or unique_violation then
      null;
    end;
  end loop;
end
$$;

-- Whatever somebody granted in between is taken back at every start.
do $$
declare
  loose record;
begin
  for loose in
    select rolname from pg_roles
    where rolname in ('upheld_owner', 'upheld_guard', 'upheld_app', 'upheld_migrate', 'upheld_proof', 'upheld_record', 'upheld_page')
      and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolinherit)
  loop
    execute format('alter role %I nosuperuser nobypassrls nocreaterole nocreatedb noreplication noinherit', loose.rolname);
  end loop;

  if not pg_has_role('upheld_migrate', 'upheld_owner', 'member') then
    grant upheld_owner to upheld_migrate;
  end if;

  for loose in
    select granted.rolname as role, member.rolname as member
    from pg_auth_members m
    join pg_roles granted on granted.oid = m.roleid
    join pg_roles member on member.oid = m.member
    where member.rolname in ('upheld_owner', 'upheld_guard', 'upheld_app', 'upheld_migrate', 'upheld_proof', 'upheld_record', 'upheld_page')
      and not (member.rolname = 'upheld_migrate' and granted.rolname = 'upheld_owner')
  loop
    execute format('revoke %I from %I', loose.role, loose.member);
  end loop;

  -- A login may set defaults for its own sessions to come, and so stop the application for good.
  for loose in
    select distinct r.rolname, d.datname
    from pg_db_role_setting s join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
    where r.rolname in ('upheld_app', 'upheld_migrate', 'upheld_proof', 'upheld_record', 'upheld_page')
  loop
    execute format('alter role %I %s reset all', loose.rolname,
      case when loose.datname is null then '' else format('in database %I', loose.datname) end);
  end loop;
end
$$;
