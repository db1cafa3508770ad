-- What adds to upheld_audit.pending, in the transaction of the change: the triggers of tenant tables, and upheld.record.

-- UUIDv7, RFC 9562 section 5.7: 48 bits of milliseconds, the rest random.
create or replace function upheld_audit.new_id(at timestamptz) returns uuid
language sql volatile set search_path = pg_catalog, pg_temp as $$
  select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    placing substring(int8send((extract(epoch from at) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- Three UUIDs hold 366 random bits of the server's strong source.
create or replace function upheld_audit.new_salt() returns bytea
language sql volatile set search_path = pg_catalog, pg_temp as $$
  select sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
$$;

-- See tables.sql, disclosure. Base64 of 32 bytes has no line break.
create or replace function upheld_audit.commitment(name text, salt bytea, value text) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select encode(sha256(convert_to('upheld/commitment@v1' || chr(10) || name || chr(10), 'UTF8') || salt || convert_to(value, 'UTF8')), 'base64')
$$;

-- Who acts. A context says it, and was signed with it. Without one only a superuser can have reached the rows: then it is
-- the login.
create or replace function upheld_audit.who() returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if coalesce(current_setting('upheld.context', true), '') = ''
    -- Only a superuser's function switches to it: what takes a throw-away organization away.
    and (current_setting('session_replication_role') = 'replica'
      or exists (select from pg_roles r where r.rolname = session_user and (r.rolsuper or r.rolbypassrls))) then
    return jsonb_build_object('actor', jsonb_build_object('type', 'login', 'id', session_user), 'purpose', 'outside of Upheld');
  end if;
  return upheld.actor();
end
$$;

-- One entry for the rows of one organization that one statement changed. `keys` are those of all its rows, in the order
-- of the change, null where the table has no key; `keys_before` differ from them where the statement changed keys.
-- At most 100 are written out, in at most 8,000 bytes (4,000 when they changed); beyond that a digest stands for all: SHA-256 over the keys, each
-- followed by a line feed. Keys that could name a person are written into a disclosure, and only committed to.
create or replace function upheld_audit.add_rows(action text, object text, kind text, who jsonb, organization uuid, total bigint, keys text[], keys_before text[]) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  received timestamptz := clock_timestamp();
  entry uuid := upheld_audit.new_id(received);
  shown integer := least(100, case when keys_before <> keys then 4000 else 8000 end / greatest(1, (select max(octet_length(key)) from unnest(keys || coalesce(keys_before, '{}')) key)));
  body jsonb := jsonb_build_object('action', action, 'object', object, 'outcome', 'success', 'rows_total', total) || who;
  listed jsonb := '{}';
  salt bytea;
begin
  if keys[1] is not null then
    listed := jsonb_strip_nulls(jsonb_build_object(
      'rows', to_jsonb(keys[1:shown]),
      'dig', case when total > shown then jsonb_build_object('rows', encode(sha256(convert_to(array_to_string(keys, chr(10)) || chr(10), 'UTF8')), 'base64')) end,
      'detail', case when keys_before <> keys then jsonb_build_object('rows_before', to_jsonb(keys_before[1:shown])) end));
  end if;
  if kind = 'personal' and keys[1] is not null then
    salt := upheld_audit.new_salt();
    insert into upheld_audit.disclosure (organization_id, entry, name, salt, value)
      values (organization, entry, 'rows', salt, listed::text);
    listed := jsonb_build_object('com', jsonb_build_object('rows', upheld_audit.commitment('rows', salt, listed::text)));
  end if;
  insert into upheld_audit.pending (id, organization_id, received_at, body)
    values (entry, organization, received, body || listed);
end
$$;

-- Runs after every statement on a tenant table, in its transaction. Arguments: the name of the table, or of its root; whether
-- its keys may be written out (`plain`) or could name a person (`personal`); the columns of its key but organization_id.
-- A statement that touched no row leaves nothing.
create or replace function upheld_audit.note_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' as $$
declare
  own text[] := tg_argv[2:];
  who jsonb;
  touched record;
begin
  if tg_op = 'INSERT' then
    for touched in
      select k.organization_id, count(*) as total, array_agg(k.key) as keys, null::text[] as before
      from (select r.organization_id, case cardinality(own) when 0 then null when 1 then to_jsonb(r) ->> own[1]
          else (select json_agg(to_jsonb(r) ->> c.name order by c.place)::text from unnest(own) with ordinality c (name, place)) end as key
        from new_rows r) k
      group by k.organization_id
    loop
      who := coalesce(who, upheld_audit.who());
      perform upheld_audit.add_rows('row.insert', tg_argv[0], tg_argv[1], who, touched.organization_id, touched.total, touched.keys, touched.before);
    end loop;
  elsif tg_op = 'DELETE' then
    for touched in
      select k.organization_id, count(*) as total, array_agg(k.key) as keys, null::text[] as before
      from (select r.organization_id, case cardinality(own) when 0 then null when 1 then to_jsonb(r) ->> own[1]
          else (select json_agg(to_jsonb(r) ->> c.name order by c.place)::text from unnest(own) with ordinality c (name, place)) end as key
        from old_rows r) k
      group by k.organization_id
    loop
      who := coalesce(who, upheld_audit.who());
      perform upheld_audit.add_rows('row.delete', tg_argv[0], tg_argv[1], who, touched.organization_id, touched.total, touched.keys, touched.before);
    end loop;
  else
    for touched in
      with now as (
        select k.organization_id, count(*) as total, array_agg(k.key) as keys
        from (select r.organization_id, case cardinality(own) when 0 then null when 1 then to_jsonb(r) ->> own[1]
            else (select json_agg(to_jsonb(r) ->> c.name order by c.place)::text from unnest(own) with ordinality c (name, place)) end as key
          from new_rows r) k
        group by k.organization_id
      ), was as (
        select k.organization_id, count(*) as total, array_agg(k.key) as keys
        from (select r.organization_id, case cardinality(own) when 0 then null when 1 then to_jsonb(r) ->> own[1]
            else (select json_agg(to_jsonb(r) ->> c.name order by c.place)::text from unnest(own) with ordinality c (name, place)) end as key
          from old_rows r) k
        group by k.organization_id
      )
      select organization_id, coalesce(now.total, was.total) as total, coalesce(now.keys, was.keys) as keys, was.keys as before
      from now full join was using (organization_id)
    loop
      who := coalesce(who, upheld_audit.who());
      perform upheld_audit.add_rows('row.update', tg_argv[0], tg_argv[1], who, touched.organization_id, touched.total, touched.keys, touched.before);
    end loop;
  end if;
  return null;
end
$$;

-- Only an owner can empty a table, and row security does not stop that. The rows are counted before they go. For one
-- superuser's function to count those of every organization is what makes this a definer that belongs to one.
create or replace function upheld_audit.note_truncate() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who jsonb := case when coalesce(current_setting('upheld.context', true), '') = ''
    then jsonb_build_object('actor', jsonb_build_object('type', 'login', 'id', session_user), 'purpose', 'outside of Upheld')
    else upheld.actor() end;
  touched record;
begin
  for touched in execute format('select organization_id, count(*) as total from %I.%I group by organization_id', tg_table_schema, tg_table_name)
  loop
    perform upheld_audit.add_rows('row.truncate', tg_argv[0], 'plain', who, touched.organization_id, touched.total, null, null);
  end loop;
  return null;
end
$$;

-- Whether a JSON text means the same to everybody who reads it: no key twice, strings in NFC, booleans, and whole numbers
-- that a double holds exactly, in their one spelling. Nothing else, and at most eight levels of it.
create or replace function upheld_audit.is_plain(value json) returns boolean
language plpgsql immutable strict set search_path = pg_catalog, pg_temp as $$
begin
  return (
    with recursive node (item, depth) as (
      select value, 1
      union all
      select child.item, node.depth + 1
      from node cross join lateral (
        select e.value as item from json_each(case when json_typeof(node.item) = 'object' then node.item end) e
        union all
        select e.value from json_array_elements(case when json_typeof(node.item) = 'array' then node.item end) e
      ) child
      where node.depth <= 8
    )
    select bool_and(case json_typeof(item)
      when 'object' then depth <= 8 and (select count(*) = count(distinct e.key) and coalesce(bool_and(e.key is nfc normalized), true) from json_each(item) e)
      when 'array' then depth <= 8
      when 'string' then (item #>> '{}') is nfc normalized
      when 'boolean' then true
      when 'number' then item::text ~ '^(0|-?[1-9][0-9]{0,15})$' and abs(item::text::numeric) <= 9007199254740991
      else false end)
    from node
  );
end
$$;

-- Says why an event cannot be an entry; null when it can.
create or replace function upheld_audit.event_fault(event json) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  plain jsonb;
begin
  if octet_length(event::text) > 131072 then return 'more than 128 KiB'; end if;
  if json_typeof(event) <> 'object' then return 'not an object'; end if;
  begin
    plain := event;
    perform (plain ->> 'at')::timestamptz;
  exception when others then
    return 'a character that no text can hold, or a time that never was';
  end;
  if exists (select from json_object_keys(event) k where k not in ('action', 'targets', 'outcome', 'at', 'detail', 'personal'))
    or (select count(*) <> count(distinct k) from json_object_keys(event) k) then return 'a member that is unknown or there twice'; end if;
  if octet_length((plain - 'personal')::text) > 11000 then return 'more than a leaf of 16 KiB can hold'; end if;
  if not coalesce(upheld_audit.is_plain(event -> 'targets'), true) or not coalesce(upheld_audit.is_plain(event -> 'detail'), true) then
    return 'something else than strings in NFC, booleans and whole numbers below 2^53, each key once, eight levels deep at most';
  end if;
  if not coalesce(plain ->> 'action' ~ '^[a-z][a-z0-9_-]*([.][a-z][a-z0-9_-]*)+$' and length(plain ->> 'action') <= 80, false)
    then return 'an action is written thing.verb'; end if;
  if plain ? 'outcome' and not coalesce(plain ->> 'outcome' in ('success', 'failure', 'denied'), false) then return 'an outcome is success, failure or denied'; end if;
  -- The server also takes hour 24 and second 60, which others do not read.
  if plain ? 'at' and not coalesce(plain ->> 'at' ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{3}Z$', false) then return 'a time is RFC 3339 in UTC with milliseconds'; end if;
  if plain ? 'targets' and (jsonb_typeof(plain -> 'targets') <> 'array' or jsonb_array_length(plain -> 'targets') > 20
    or exists (
      select from jsonb_array_elements(plain -> 'targets') t
      where not coalesce(jsonb_typeof(t) = 'object' and (t - 'type' - 'id') = '{}'
        and jsonb_typeof(t -> 'type') = 'string' and t ->> 'type' ~ '^[a-z][a-z0-9_.-]{0,79}$'
        and jsonb_typeof(t -> 'id') = 'string' and octet_length(t ->> 'id') between 1 and 200 and t ->> 'id' !~ '[[:cntrl:]]', false)))
    then return 'a target is a type and an identifier; at most 20'; end if;
  if plain ? 'detail' and (jsonb_typeof(plain -> 'detail') <> 'object' or octet_length((plain -> 'detail')::text) > 8192)
    then return 'a detail is an object of at most 4 KiB'; end if;
  if plain ? 'personal' and (jsonb_typeof(plain -> 'personal') <> 'object'
    or (select count(*) > 32 or count(*) <> count(distinct p.key) from json_each(event -> 'personal') p)
    or exists (
      select from jsonb_each(plain -> 'personal') p (name, value)
      where p.name !~ '^[a-z][a-z0-9_]{0,63}$' or jsonb_typeof(p.value) <> 'string' or octet_length(p.value #>> '{}') > 4096))
    then return 'personal values are texts of at most 4 KiB by name; at most 32'; end if;
  return null;
end
$$;

-- The first words of actions that Upheld writes itself; every other one is the application's. This is the only list: the
-- guide of the audit log repeats it, and a test holds the two together.
create or replace function upheld_audit.is_reserved(action text) returns boolean
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select split_part(action, '.', 1) in ('row', 'sealed', 'key', 'audit', 'log', 'anchor', 'upheld', 'support')
$$;

-- Writes an event under the actor of the context. `json`, not `jsonb`: what came twice is still to be seen.
create or replace function upheld_audit.add_event(event json, own boolean) returns jsonb
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  organization uuid := upheld.organization_id();
  who jsonb := upheld.actor();
  received timestamptz := clock_timestamp();
  entry uuid := upheld_audit.new_id(received);
  fault text := upheld_audit.event_fault(event);
  plain jsonb;
  com jsonb;
begin
  if fault is not null or organization = '00000000-0000-0000-0000-000000000000' then
    raise exception 'upheld: bad_event' using errcode = '22023', detail = coalesce(fault, 'a walk across organizations has no log');
  end if;
  plain := event;
  if upheld_audit.is_reserved(plain ->> 'action') <> own then
    raise exception 'upheld: reserved_action' using errcode = '22023', detail = plain ->> 'action';
  end if;
  with value as (
    select p.key as name, p.value, upheld_audit.new_salt() as salt from jsonb_each_text(plain -> 'personal') p
  ), kept as (
    insert into upheld_audit.disclosure (organization_id, entry, name, salt, value)
    select organization, entry, v.name, v.salt, v.value from value v
  )
  select jsonb_object_agg(v.name, upheld_audit.commitment(v.name, v.salt, v.value)) into com from value v;
  insert into upheld_audit.pending (id, organization_id, received_at, body)
    values (entry, organization, received, jsonb_strip_nulls('{"outcome": "success"}' || (plain - 'personal') || who || jsonb_build_object('com', com)));
  return jsonb_build_object('id', entry, 'received_at', to_char(received at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'merge_delay_secs', 60);
end
$$;

-- An event of the application. Answers with a receipt: the identifier of the entry, when it was received, and how soon it
-- is promised to be in the log.
create or replace function upheld.record(event json) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  return upheld_audit.add_event(event, false);
end
$$;

-- What Upheld itself does for the application, over the same login: values opened, keys of the vault made and destroyed.
-- These and no others; that they happened rests on the application's process, which has the keys.
create or replace function upheld.note_event(event json) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if coalesce(event ->> 'action', '') !~ '^(sealed[.]open|key[.](made|activated|retired|rewrapped|floor-raised|destroyed|refused-below-floor))$' then
    raise exception 'upheld: reserved_action' using errcode = '22023', detail = 'only sealed.open and key.* are told this way';
  end if;
  return upheld_audit.add_event(event, true);
end
$$;

-- What staff does under a grant, and what became of a grant: told by who grants, and by the login of staff before it reads.
create or replace function upheld.note_support(event json) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if coalesce(event ->> 'action', '') !~ '^support[.]' then
    raise exception 'upheld: reserved_action' using errcode = '22023', detail = 'only support.* is told this way';
  end if;
  return upheld_audit.add_event(event, true);
end
$$;

alter function upheld_audit.note_change() owner to upheld_guard;
alter function upheld.record(json) owner to upheld_guard;
alter function upheld.note_event(json) owner to upheld_guard;
alter function upheld.note_support(json) owner to upheld_guard;
do $$
declare
  routine regprocedure;
begin
  for routine in select oid from pg_proc where pronamespace = 'upheld_audit'::regnamespace loop
    execute format('revoke all on function %s from public', routine);
  end loop;
end
$$;
revoke all on function upheld.record(json), upheld.note_event(json), upheld.note_support(json) from public;
grant execute on function upheld.record(json) to upheld_app, upheld_identity, upheld_jobs;
grant execute on function upheld.note_event(json) to upheld_app;
grant execute on function upheld.note_support(json) to upheld_identity, upheld_jobs, upheld_staff;
grant execute on function upheld_audit.new_id(timestamptz), upheld_audit.new_salt(), upheld_audit.commitment(text, bytea, text), upheld_audit.who(), upheld_audit.add_rows(text, text, text, jsonb, uuid, bigint, text[], text[]), upheld_audit.is_plain(json), upheld_audit.event_fault(json), upheld_audit.is_reserved(text), upheld_audit.add_event(json, boolean) to upheld_guard;
grant execute on function upheld_audit.new_id(timestamptz) to upheld_record;
