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
      ('upheld_page',    'login'),    -- reads runs and evidence
      ('upheld_identity', 'login'),   -- people, credentials, sessions, members: what no other login reads
      ('upheld_jobs',    'login'),    -- mails, what is over, reviews: no hash of any credential
      ('upheld_staff',   'login'),    -- staff under a grant of the customer: reads, and writes nothing
      ('upheld_console', 'login')     -- orders to the prover, and how they went; no row of anybody
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
  -- Whatever the server itself is set to: no statement of ours, no value, and no message that quotes one, is written into
  -- its log. An ordinary login cannot change these for itself; the application still learns of its errors.
  quiet constant text[] := array[
    'log_min_messages=fatal',
    'log_min_error_statement=panic',
    'log_error_verbosity=terse',
    'log_statement=none',
    'log_min_duration_statement=-1',
    'log_min_duration_sample=-1',
    'log_transaction_sample_rate=0',
    'log_parameter_max_length=0',
    'log_parameter_max_length_on_error=0'
  ];
begin
  for loose in
    select rolname from pg_roles
    where rolname in (
      'upheld_owner', 'upheld_guard', 'upheld_app', 'upheld_migrate', 'upheld_proof', 'upheld_record', 'upheld_page',
      'upheld_identity', 'upheld_jobs', 'upheld_staff', 'upheld_console')
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
    where member.rolname in (
      'upheld_owner', 'upheld_guard', 'upheld_app', 'upheld_migrate', 'upheld_proof', 'upheld_record', 'upheld_page',
      'upheld_identity', 'upheld_jobs', 'upheld_staff', 'upheld_console')
      and not (member.rolname = 'upheld_migrate' and granted.rolname = 'upheld_owner')
  loop
    execute format('revoke %I from %I', loose.role, loose.member);
  end loop;

  -- A login may set defaults for its own sessions to come, and so stop the application for good.
  for loose in
    select distinct r.rolname, d.datname
    from pg_db_role_setting s join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase
    where r.rolname in (
      'upheld_app', 'upheld_migrate', 'upheld_proof', 'upheld_record', 'upheld_page', 'upheld_identity', 'upheld_jobs', 'upheld_staff', 'upheld_console')
      and not (s.setdatabase = 0 and s.setconfig @> quiet and s.setconfig <@ quiet)
  loop
    execute format('alter role %I %s reset all', loose.rolname,
      case when loose.datname is null then '' else format('in database %I', loose.datname) end);
  end loop;

  for loose in
    select r.rolname, split_part(one, '=', 1) as name, split_part(one, '=', 2) as value
    from pg_roles r, unnest(quiet) as one
    where r.rolname in (
      'upheld_app', 'upheld_migrate', 'upheld_proof', 'upheld_record', 'upheld_page', 'upheld_identity', 'upheld_jobs', 'upheld_staff', 'upheld_console')
      and not exists (select from pg_db_role_setting s where s.setrole = r.oid and s.setdatabase = 0)
    order by 1, 2
  loop
    execute format('alter role %I set %I = %L', loose.rolname, loose.name, loose.value);
  end loop;
end
$$;
