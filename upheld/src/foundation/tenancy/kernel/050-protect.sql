-- A new tenant table is protected by itself; DDL that would leave one unprotected is refused.
create or replace function upheld_guard.protect_table(relation regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('create policy upheld_tenant on %1$s for all to public using %2$s with check %2$s',
    relation, upheld_guard.canonical_policy());
  execute format('alter table %s enable row level security, force row level security', relation);
  execute format('grant select, insert, update, delete on %s to upheld_app', relation);
  execute format('grant select on %s to upheld_staff', relation);
end
$$;
revoke all on function upheld_guard.protect_table(regclass) from public;

-- What a command made gets what belongs to it. As `replica` its own DDL calls no event trigger; an ordinary role cannot set
-- that. It is a function of its own because the setting makes a session plan everything anew, before and after.
create or replace function upheld_guard.complete_made() returns void
language plpgsql set search_path = pg_catalog, pg_temp set session_replication_role = 'replica' as $$
declare
  made record;
begin
  for made in
    select c.oid, c.relkind, ddl.command_tag
    from pg_event_trigger_ddl_commands() ddl
    join pg_class c on ddl.classid = 'pg_class'::regclass and c.oid = ddl.objid
    join pg_namespace n on n.oid = c.relnamespace
    join upheld_guard.tenant_schema t on t.name = n.nspname
    where ddl.command_tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE VIEW', 'CREATE SEQUENCE')
  loop
    if made.relkind in ('r', 'p') then
      if exists (select from pg_attribute where attrelid = made.oid and attname = 'organization_id'
          and atttypid = 'uuid'::regtype and not attisdropped)
        and not exists (select from pg_policy where polrelid = made.oid) then
        perform upheld_guard.protect_table(made.oid::regclass);
      end if;
    elsif made.relkind = 'v' then
      execute format('grant select on %s to upheld_app, upheld_staff', made.oid::regclass);
    elsif made.relkind = 'S' then
      execute format('grant usage on sequence %s to upheld_app', made.oid::regclass);
    end if;
  end loop;

  -- To check a new foreign key Postgres reads both tables as their owner, whom row security lets see nothing. So it is
  -- added NOT VALID, and checked here, by a superuser: only where no cast and no operator of somebody's own can run.
  for made in
    select k.conrelid::regclass as relation, k.conname
    from pg_constraint k
    join pg_class c on c.oid = k.conrelid
    join pg_namespace n on n.oid = c.relnamespace
    join upheld_guard.tenant_schema t on t.name = n.nspname
    where k.contype = 'f' and not k.convalidated and k.conparentid = 0
      and not exists (select from upheld_guard.key_faults(k.oid))
  loop
    execute format('alter table %s validate constraint %I', made.relation, made.conname);
  end loop;

  perform upheld_guard.label_sealed();
end
$$;
revoke all on function upheld_guard.complete_made() from public;

-- Runs as the superuser who installed it, so that it sees and judges every owner's DDL.
create or replace function upheld_guard.on_ddl() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  broken record;
begin
  if exists (select from pg_event_trigger_ddl_commands()
      where command_tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE VIEW', 'CREATE SEQUENCE', 'ALTER TABLE', 'COMMENT'))
    or exists (select from pg_constraint where contype = 'f' and not convalidated) then
    perform upheld_guard.complete_made();
  end if;

  select * into broken from upheld_guard.faults() limit 1;
  if found then
    raise exception 'upheld: %: %', broken.object, broken.fault
      using errcode = '42P17', hint = 'Every table of a tenant schema is led by organization_id. See select * from upheld_guard.faults().';
  end if;
end
$$;
revoke all on function upheld_guard.on_ddl() from public;

drop event trigger if exists upheld_ddl;
create event trigger upheld_ddl on ddl_command_end execute function upheld_guard.on_ddl();

-- A dropped policy is not among the commands of ddl_command_end's list, but the tables that lost it are still there to judge.
create or replace function upheld_guard.on_drop() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  broken record;
begin
  if not exists (select from pg_event_trigger_dropped_objects() where object_type in ('policy', 'table constraint', 'index', 'table column')) then
    return;
  end if;
  select * into broken from upheld_guard.faults() limit 1;
  if found then
    raise exception 'upheld: %: %', broken.object, broken.fault using errcode = '42P17';
  end if;
end
$$;
revoke all on function upheld_guard.on_drop() from public;
drop event trigger if exists upheld_drop;
create event trigger upheld_drop on sql_drop execute function upheld_guard.on_drop();
