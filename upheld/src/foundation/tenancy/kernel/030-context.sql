-- The signed tenant context. Fixed width, all lower-case hex, so that SQL slices it without parsing:
--   1 version(2) 3 key(2) 5 organization(32) 37 expiry(8) 45 cell(4) 49 backend(8) 57 nonce(16) 73 mac(64)
-- The MAC is HMAC-SHA-256 over 'upheld-context' and everything before it. A later version may be longer
-- (actor, purpose, support grant): the version says how to read the rest.
create schema if not exists upheld;
revoke all on schema upheld from public;
grant usage on schema upheld to upheld_app, upheld_owner, upheld_migrate, upheld_guard;

-- The organization that the context names, or the nil UUID for a walk across organizations.
-- Nothing of the token is used before its MAC holds. PL/pgSQL and not SQL: a SQL body is planned anew in every statement.
create or replace function upheld_guard.open_context(token text) returns uuid
language plpgsql stable parallel restricted as $$
declare
  key record;
  seconds_left bigint;
begin
  if token is null or token = '' then
    raise exception 'upheld: no_context' using errcode = '42501';
  end if;
  if length(token) <> 136 or left(token, 2) <> '01' then
    raise exception 'upheld: bad_context' using errcode = '42501';
  end if;
  select k.ipad, k.opad, k.cell into key
  from upheld_guard.context_key k
  where k.id = substr(token, 3, 2) and k.retire_at > clock_timestamp();
  if not found or encode(
    sha256(key.opad || sha256(key.ipad || convert_to('upheld-context' || left(token, 72), 'UTF8'))), 'hex'
  ) is distinct from substr(token, 73) then
    raise exception 'upheld: bad_context' using errcode = '42501';
  end if;
  seconds_left := ('x' || substr(token, 37, 8))::bit(32)::bigint - extract(epoch from clock_timestamp())::bigint;
  -- The upper bound refuses a context that was signed to live long; 5 s are for two clocks that differ.
  if seconds_left < 0 or seconds_left > 305 then
    raise exception 'upheld: expired_context' using errcode = '42501';
  end if;
  if substr(token, 45, 4) <> key.cell then
    raise exception 'upheld: other_cell' using errcode = '42501';
  end if;
  if substr(token, 49, 8) <> '00000000' and ('x' || substr(token, 49, 8))::bit(32)::int <> pg_backend_pid() then
    raise exception 'upheld: other_backend' using errcode = '42501';
  end if;
  return substr(token, 5, 32)::uuid;
end
$$;
alter function upheld_guard.open_context(text) owner to upheld_guard;
revoke all on function upheld_guard.open_context(text) from public;

-- Every row policy compares with this. STABLE, never IMMUTABLE: a cached plan must ask again.
create or replace function upheld.organization_id() returns uuid
language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp as $$
declare
  id uuid := upheld_guard.open_context(current_setting('upheld.context', true));
begin
  if id = '00000000-0000-0000-0000-000000000000' then
    raise exception 'upheld: no_organization' using errcode = '42501';
  end if;
  return id;
end
$$;
alter function upheld.organization_id() owner to upheld_guard;
revoke all on function upheld.organization_id() from public;
grant execute on function upheld.organization_id() to upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_page;

-- The only way for the application to set its context: to the end of the transaction, never longer.
create or replace function upheld.enter(token text, timeout_ms integer) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('upheld.context', token, true);
  perform set_config('statement_timeout', timeout_ms::text, true);
end
$$;
alter function upheld.enter(text, integer) owner to upheld_guard;
revoke all on function upheld.enter(text, integer) from public;
grant execute on function upheld.enter(text, integer) to upheld_app;

-- Two steps that need a context for no organization; the application's handle alone can sign one.
create or replace function upheld_guard.require_crossing() returns text
language plpgsql stable parallel restricted as $$
declare
  token text := current_setting('upheld.context', true);
begin
  if upheld_guard.open_context(token) <> '00000000-0000-0000-0000-000000000000' then
    raise exception 'upheld: no_crossing' using errcode = '42501';
  end if;
  return substr(token, 57, 16);
end
$$;
alter function upheld_guard.require_crossing() owner to upheld_guard;
revoke all on function upheld_guard.require_crossing() from public;

create or replace function upheld.cross_organizations(reason text) returns setof uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  crossing_nonce text := upheld_guard.require_crossing();
begin
  insert into upheld_guard.crossing (reason, nonce) values (cross_organizations.reason, crossing_nonce);
  return query select o.id from upheld_guard.organization o order by o.created_at, o.id;
end
$$;
alter function upheld.cross_organizations(text) owner to upheld_guard;
revoke all on function upheld.cross_organizations(text) from public;
grant execute on function upheld.cross_organizations(text) to upheld_app;

create or replace function upheld.admit_organization(organization uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform upheld_guard.require_crossing();
  insert into upheld_guard.organization (id) values (admit_organization.organization);
end
$$;
alter function upheld.admit_organization(uuid) owner to upheld_guard;
revoke all on function upheld.admit_organization(uuid) from public;
grant execute on function upheld.admit_organization(uuid) to upheld_app;
