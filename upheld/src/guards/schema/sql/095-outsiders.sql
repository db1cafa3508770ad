-- Throw-away organizations: two for each stranger who re-performs published probes, for minutes. See surfaces/outsiders.
create table if not exists upheld_identity.outsider (
  id uuid primary key,
  -- Who asked, as guards/takeover counts places: an address of version 4, or a /56; a dash once an hour is over.
  place text not null check (length(place) between 1 and 64),
  -- Of the contract that was agreed to.
  contract text not null check (contract ~ '^sha256:[0-9a-f]{64}$'),
  token_hash bytea not null unique check (octet_length(token_hash) = 32),
  organization_a uuid not null unique references upheld_guard.organization (id),
  organization_b uuid not null unique references upheld_guard.organization (id),
  -- SHA-256 of everything that was handed out and lets somebody in.
  credentials bytea[] not null default '{}' check (cardinality(credentials) <= 5000),
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  -- No row is left; then no key and no file either.
  emptied_at timestamptz(3),
  removed_at timestamptz(3),
  check (expires_at <= created_at + interval '1 hour'),
  check (removed_at is null or emptied_at is not null)
);
create index if not exists outsider_live on upheld_identity.outsider (expires_at) where removed_at is null;
create index if not exists outsider_place on upheld_identity.outsider (place, created_at);

-- The throw-away organization that a person was made in; null for everybody else.
create or replace function upheld_identity.outsider_home(person uuid) returns uuid
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  host text;
begin
  select split_part(p.email, '@', 2) into host from upheld_identity.person p where p.id = outsider_home.person;
  if host is null or host !~ '^[0-9a-f]{32}\.invalid$' then
    return null;
  end if;
  return (select left(host, 32)::uuid from upheld_identity.outsider o
    where left(host, 32)::uuid in (o.organization_a, o.organization_b));
end
$$;

-- Walls around them, whatever a page forgot: nobody of theirs goes anywhere else and nobody else comes in, no letter is
-- asked for, and no address of somebody else's is called.
create or replace function upheld_identity.keep_outsiders() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  inside uuid;
begin
  if tg_table_name = 'email_change' then
    if upheld_identity.outsider_home(new.person_id) is not null then
      raise exception 'upheld: a throw-away organization does not do this' using errcode = '42501';
    end if;
    return new;
  end if;
  select new.organization_id into inside from upheld_identity.outsider o
  where new.organization_id in (o.organization_a, o.organization_b);
  if tg_table_name = 'member' then
    if upheld_identity.outsider_home(new.person_id) is distinct from inside then
      raise exception 'upheld: a throw-away organization has its own people alone' using errcode = '42501';
    end if;
  elsif inside is not null then
    raise exception 'upheld: a throw-away organization does not do this' using errcode = '42501';
  end if;
  return new;
end
$$;
drop trigger if exists outsiders on upheld_identity.email_change;
create trigger outsiders before insert on upheld_identity.email_change for each row execute function upheld_identity.keep_outsiders();
drop trigger if exists outsiders on upheld_access.member;
create trigger outsiders before insert on upheld_access.member for each row execute function upheld_identity.keep_outsiders();
drop trigger if exists outsiders on upheld_access.invitation;
create trigger outsiders before insert on upheld_access.invitation for each row execute function upheld_identity.keep_outsiders();
drop trigger if exists outsiders on upheld_access.sso_connection;
create trigger outsiders before insert on upheld_access.sso_connection for each row execute function upheld_identity.keep_outsiders();
drop trigger if exists outsiders on upheld_access.domain;
create trigger outsiders before insert on upheld_access.domain for each row execute function upheld_identity.keep_outsiders();
drop trigger if exists outsiders on upheld_access.support_request;
create trigger outsiders before insert on upheld_access.support_request for each row execute function upheld_identity.keep_outsiders();

-- Makes two organizations, or says which limit is reached. One after the other: two that come together are counted.
create or replace function upheld_identity.begin_outsider(outsider uuid, place text, contract text, token_hash bytea,
  a uuid, b uuid, at timestamptz, minutes integer, per_place_max integer, live_max integer) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_advisory_xact_lock(7305807354495);
  if (select count(*) from upheld_identity.outsider o
      where o.place = begin_outsider.place and o.created_at > begin_outsider.at - interval '1 hour') >= per_place_max then
    return 'place';
  end if;
  if (select count(*) from upheld_identity.outsider o where o.removed_at is null) >= live_max then
    return 'live';
  end if;
  insert into upheld_guard.organization (id, probe) values (a, true), (b, true);
  insert into upheld_identity.outsider (id, place, contract, token_hash, organization_a, organization_b, created_at, expires_at)
  values (outsider, begin_outsider.place, begin_outsider.contract, begin_outsider.token_hash, a, b, begin_outsider.at,
    begin_outsider.at + make_interval(mins => least(greatest(minutes, 1), 60)));
  return 'made';
end
$$;

-- Adds what was handed out since. False when the time is over, or it was emptied meanwhile.
create or replace function upheld_identity.arm_outsider(outsider uuid, added bytea[], at timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update upheld_identity.outsider o set credentials = o.credentials || arm_outsider.added
  where o.id = arm_outsider.outsider and o.expires_at > arm_outsider.at and o.emptied_at is null;
  return found;
end
$$;

-- Takes away everything in one of them: rows, people, mails, personal values of its audit log. As a replica does it: what
-- guards the rows of customers does not ask, and the refusal for everybody else's is the first line.
create or replace function upheld_identity.empty_outsider(organization uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set session_replication_role = 'replica' as $$
declare
  place record;
  host constant text := replace(organization::text, '-', '') || '.invalid';
  persons uuid[];
  erasure uuid;
begin
  if not exists (select from upheld_identity.outsider o where empty_outsider.organization in (o.organization_a, o.organization_b)) then
    raise exception 'upheld: this is no throw-away organization' using errcode = '42501';
  end if;
  select coalesce(array_agg(p.id), '{}') into persons from upheld_identity.person p where p.email like '%@' || host;
  for place in
    select format('%I.%I', n.nspname, c.relname) as name, a.attname::text as led
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and not a.attisdropped and a.atttypid = 'uuid'::regtype
      and (a.attname = 'organization_id' or a.attname = 'person_id' and n.nspname = 'upheld_identity')
    where c.relkind in ('r', 'p') and not c.relispartition
      and (n.nspname in ('upheld_access', 'upheld_identity') or c.oid = 'upheld_guard.support_grant'::regclass
        or n.nspname in (select s.name from upheld_guard.tenant_schema s))
    order by 1
  loop
    if place.led = 'organization_id' then
      execute format('delete from %s where organization_id = $1', place.name) using empty_outsider.organization;
    else
      execute format('delete from %s where person_id = any ($1)', place.name) using persons;
    end if;
  end loop;
  delete from upheld_identity.person p where p.id = any (persons);
  delete from upheld_identity.mail m where m.recipient like '%@' || host;
  -- The log itself can only grow: what was somebody's in it is taken away, and its commitments tell nothing.
  for place in
    select d.entry, array_agg(d.name order by d.name) as names from upheld_audit.disclosure d
    where d.organization_id = empty_outsider.organization and d.erased_by is null group by d.entry
  loop
    insert into upheld_audit.pending (id, organization_id, body)
    values (upheld_audit.new_id(clock_timestamp()), empty_outsider.organization, jsonb_build_object('action', 'audit.erase',
      'actor', jsonb_build_object('type', 'operator', 'id', 'outsiders'), 'purpose', 'the time of a throw-away organization is over',
      'outcome', 'success', 'detail', jsonb_build_object('names', to_jsonb(place.names)),
      'targets', jsonb_build_array(jsonb_build_object('type', 'entry', 'id', place.entry))))
    returning id into erasure;
    update upheld_audit.disclosure d set salt = null, value = null, erased_by = erasure, erased_at = clock_timestamp()
    where d.organization_id = empty_outsider.organization and d.entry = place.entry and d.name = any (place.names);
  end loop;
end
$$;

-- Ends one before its time. False for a token that was never given.
create or replace function upheld_identity.end_outsider(token_hash bytea, at timestamptz) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update upheld_identity.outsider o set expires_at = least(o.expires_at, end_outsider.at)
  where o.token_hash = end_outsider.token_hash and o.removed_at is null;
  return found;
end
$$;

-- Empties everything whose time is over, also what a process left that died meanwhile, and forgets who asked. Gives how many.
create or replace function upheld_identity.clear_outsiders(at timestamptz) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  over record;
  cleared integer := 0;
begin
  for over in
    select o.id, o.organization_a, o.organization_b from upheld_identity.outsider o
    where o.expires_at <= clear_outsiders.at and o.emptied_at is null
    order by o.expires_at limit 100 for update skip locked
  loop
    perform upheld_identity.empty_outsider(over.organization_a);
    perform upheld_identity.empty_outsider(over.organization_b);
    update upheld_identity.outsider o set emptied_at = clear_outsiders.at, credentials = '{}' where o.id = over.id;
    cleared := cleared + 1;
  end loop;
  update upheld_identity.outsider o set place = '-'
  where o.place <> '-' and o.created_at <= clear_outsiders.at - interval '1 hour';
  delete from upheld_identity.outsider o where o.removed_at <= clear_outsiders.at - interval '30 days';
  return cleared;
end
$$;

-- Keys and files are away too. Whatever was put there by a request that was still under way goes first.
create or replace function upheld_identity.finish_outsider(outsider uuid, at timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  over record;
begin
  select o.organization_a, o.organization_b into over from upheld_identity.outsider o
  where o.id = finish_outsider.outsider and o.emptied_at is not null and o.removed_at is null for update;
  if not found then
    return;
  end if;
  perform upheld_identity.empty_outsider(over.organization_a);
  perform upheld_identity.empty_outsider(over.organization_b);
  update upheld_identity.outsider o set removed_at = finish_outsider.at where o.id = finish_outsider.outsider;
end
$$;
revoke all on function upheld_identity.outsider_home(uuid), upheld_identity.keep_outsiders(),
  upheld_identity.begin_outsider(uuid, text, text, bytea, uuid, uuid, timestamptz, integer, integer, integer),
  upheld_identity.arm_outsider(uuid, bytea[], timestamptz), upheld_identity.empty_outsider(uuid),
  upheld_identity.end_outsider(bytea, timestamptz), upheld_identity.clear_outsiders(timestamptz),
  upheld_identity.finish_outsider(uuid, timestamptz) from public;
grant execute on function upheld_identity.begin_outsider(uuid, text, text, bytea, uuid, uuid, timestamptz, integer, integer, integer),
  upheld_identity.arm_outsider(uuid, bytea[], timestamptz), upheld_identity.empty_outsider(uuid),
  upheld_identity.end_outsider(bytea, timestamptz), upheld_identity.finish_outsider(uuid, timestamptz) to upheld_identity;
grant execute on function upheld_identity.clear_outsiders(timestamptz) to upheld_identity, upheld_jobs;
grant select on upheld_identity.outsider to upheld_identity;
