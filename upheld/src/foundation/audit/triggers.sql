-- The triggers of tenant tables: made for every table that is there, and for every new one; refused to be taken away.

-- The columns of a table's primary key but organization_id, in their order.
create or replace function upheld_audit.key_columns(relation oid) returns table (name text, plain boolean)
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
  select a.attname::text,
    -- What these types hold is no name of anybody. A text could be: an address, for one.
    coalesce(t.typtype = 'e' or t.oid in ('uuid'::regtype, 'smallint'::regtype, 'integer'::regtype, 'bigint'::regtype,
      'boolean'::regtype, 'date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype), false)
  from pg_index x
  cross join lateral unnest(x.indkey) with ordinality as i (attnum, place)
  join pg_attribute a on a.attrelid = x.indrelid and a.attnum = i.attnum
  join pg_type own on own.oid = a.atttypid
  join pg_type t on t.oid = case own.typtype when 'd' then own.typbasetype else own.oid end
  where x.indrelid = relation and x.indisprimary and i.place <= x.indnkeyatts and a.attname <> 'organization_id'
  order by i.place;
end
$$;

-- The four triggers that a tenant table has, as the server would print them.
create or replace function upheld_audit.triggers_of(relation oid) returns table (name text, definition text)
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
  with place as (
    select format('%I.%I', n.nspname, c.relname) as label, rn.nspname || '.' || r.relname as object
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_class r on r.oid = coalesce(pg_partition_root(c.oid), c.oid) join pg_namespace rn on rn.oid = r.relnamespace
    where c.oid = relation
  ), given as (
    select label, array[object, (select case when coalesce(bool_and(k.plain), true) then 'plain' else 'personal' end from upheld_audit.key_columns(relation) k)]
      || array(select k.name from upheld_audit.key_columns(relation) k) as words
    from place
  ), argument as (
    select label, (select string_agg('''' || replace(w.word, '''', '''''') || '''', ', ' order by w.place) from unnest(words) with ordinality w (word, place)) as words
    from given
  )
  select 'upheld_audit_' || lower(verb), format('CREATE TRIGGER upheld_audit_%s %s %s ON %s %sFOR EACH STATEMENT EXECUTE FUNCTION upheld_audit.%s(%s)',
    lower(verb), moment, verb, label, tables, routine, words)
  from argument, (values
    ('INSERT', 'AFTER', 'REFERENCING NEW TABLE AS new_rows ', 'note_change'),
    ('UPDATE', 'AFTER', 'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows ', 'note_change'),
    ('DELETE', 'AFTER', 'REFERENCING OLD TABLE AS old_rows ', 'note_change'),
    ('TRUNCATE', 'BEFORE', '', 'note_truncate')
  ) as kind (verb, moment, tables, routine);
end
$$;

-- What is wrong with the triggers of the tenant tables, and of those of members and what they may do. `mendable`: missing, or about a key that the table had before.
create or replace function upheld_audit.faults() returns table (object text, fault text, relation oid, name text, mendable boolean)
language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
  return query
  select c.oid::regclass::text, 'trigger ' || w.name || ' ' || f.fault, c.oid, w.name, f.fault like 'is missing%' or f.fault like 'names%'
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join (select name from upheld_guard.tenant_schema union all select 'upheld_access') s on s.name = n.nspname
  cross join lateral upheld_audit.triggers_of(c.oid) w
  left join pg_trigger t on t.tgrelid = c.oid and t.tgname = w.name and not t.tgisinternal
  cross join lateral (
    select 'is missing' as fault where t.oid is null
    union all
    select 'does not always fire' where t.tgenabled <> 'A'
    union all
    select case when split_part(pg_get_triggerdef(t.oid), '(', 1) = split_part(w.definition, '(', 1) then 'names another key' else 'is another one' end
    where pg_get_triggerdef(t.oid) <> w.definition
  ) f
  where c.relkind in ('r', 'p')
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and a.atttypid = 'uuid'::regtype and not a.attisdropped)
  union all
  -- Under a second name it would record everything twice.
  select c.oid::regclass::text, 'trigger ' || t.tgname || ' records what another one records', c.oid, t.tgname::text, false
  from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_class c on c.oid = t.tgrelid
  where p.pronamespace = 'upheld_audit'::regnamespace and p.proname in ('note_change', 'note_truncate')
    and not t.tgisinternal and t.tgname not in (select w.name from upheld_audit.triggers_of(c.oid) w);
end
$$;

-- Makes the triggers that are missing; with `everything`, those too that somebody switched off or replaced. As `replica` its
-- own DDL calls no event trigger; an ordinary role cannot set that.
create or replace function upheld_audit.mend(everything boolean) returns void
language plpgsql set search_path = pg_catalog, pg_temp set session_replication_role = 'replica' as $$
declare
  broken record;
begin
  for broken in
    select distinct f.relation::regclass as relation, f.name, w.definition
    from upheld_audit.faults() f left join lateral upheld_audit.triggers_of(f.relation) w on w.name = f.name
    where f.mendable or everything
  loop
    execute format('drop trigger if exists %I on %s', broken.name, broken.relation);
    if broken.definition is not null then
      execute broken.definition;
      execute format('alter table %s enable always trigger %I', broken.relation, broken.name);
    end if;
  end loop;
end
$$;

-- Only the tables that a command is about can stop it: what is wrong with another one is for the next start to mend, and must not keep it from that.
create or replace function upheld_audit.on_ddl() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
  touched oid[];
  broken record;
begin
  select array_agg(coalesce(t.tgrelid, ddl.objid)) into touched
  from pg_event_trigger_ddl_commands() ddl
  left join pg_trigger t on ddl.classid = 'pg_trigger'::regclass and t.oid = ddl.objid
  where ddl.command_tag ~ '^(CREATE TABLE|SELECT INTO|ALTER TABLE|CREATE TRIGGER|ALTER TRIGGER|ALTER TYPE|ALTER SCHEMA)';
  if touched is null then
    return;
  end if;
  -- Whoever mends plans everything anew afterwards: only where there is something to mend.
  if exists (select from upheld_audit.faults() f where f.mendable) then
    perform upheld_audit.mend(false);
  end if;
  select * into broken from upheld_audit.faults() f
  where f.relation = any (touched) or pg_partition_root(f.relation)::oid = any (touched) limit 1;
  if found then
    raise exception 'upheld: %: %', broken.object, broken.fault
      using errcode = '42P17', hint = 'Every change of a tenant table is recorded. See select * from upheld_audit.faults().';
  end if;
end
$$;

create or replace function upheld_audit.on_drop() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off as $$
declare
  broken record;
begin
  if not exists (select from pg_event_trigger_dropped_objects() where object_type = 'trigger') then
    return;
  end if;
  select * into broken from upheld_audit.faults() f where f.fault like '% is missing' limit 1;
  if found then
    raise exception 'upheld: %: %', broken.object, broken.fault using errcode = '42P17';
  end if;
end
$$;

do $$
declare
  routine regprocedure;
begin
  for routine in
    select oid from pg_proc
    where pronamespace = 'upheld_audit'::regnamespace and proname in ('key_columns', 'triggers_of', 'faults', 'mend', 'on_ddl', 'on_drop')
  loop
    execute format('revoke all on function %s from public', routine);
  end loop;
end
$$;
select upheld_audit.mend(true);
drop event trigger if exists upheld_audit_ddl;
create event trigger upheld_audit_ddl on ddl_command_end execute function upheld_audit.on_ddl();
drop event trigger if exists upheld_audit_drop;
create event trigger upheld_audit_drop on sql_drop execute function upheld_audit.on_drop();
