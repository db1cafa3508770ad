-- The signed tenant context: 68 bytes, sent as 136 hex digits. Fixed width, so that SQL slices it without parsing:
--   1 version  2 key  3 organization(16)  19 expiry(4)  23 cell(2)  25 backend(4)  29 nonce(8)  37 mac(32)
-- Numbers are big-endian; the MAC is HMAC-SHA-256 over the word 'upheld-context' and everything before it. Behind it may
-- stand a note, a JSON object that says who acts and what for: then the nonce is the beginning of its SHA-256, so that it
-- is signed with the rest, and reading a row pays nothing for it.
-- Staff of the operator come with version 2, which names their grant: see 080-support.sql. It is signed under another word,
-- so that neither verifier takes the other's.
create schema if not exists upheld;
revoke all on schema upheld from public, upheld_guard, upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console;
grant usage on schema upheld to upheld_app, upheld_owner, upheld_migrate, upheld_guard, upheld_identity, upheld_jobs, upheld_staff;

-- Every row policy compares with this. STABLE, never IMMUTABLE: a cached plan must ask again. Nothing of the token is
-- used before its MAC holds, and a token that is shorter or longer does not end in one. Few expressions on purpose:
-- PL/pgSQL makes each ready anew in every transaction (measured: 8 us a call so, 15 us with a statement for each field;
-- a SQL body is planned anew and costs 70).
-- For a walk across organizations this is the nil UUID, which no row carries.
create or replace function upheld.organization_id() returns uuid
language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp as $$
declare
  token bytea := decode(current_setting('upheld.context', true), 'hex');
  inner_block bytea;
  outer_block bytea;
  cell bytea;
begin
  select k.inner_block, k.outer_block, k.cell into inner_block, outer_block, cell
  from upheld_guard.context_key k
  where k.id = substring(token, 2, 1) and k.retire_at > clock_timestamp();
  if sha256(outer_block || sha256(inner_block || substring(token, 1, 36))) = substring(token, 37)
    and substring(token, 19, 4) between int4send(date_part('epoch', clock_timestamp())::integer)
      -- The upper bound refuses a context that was signed to live long; 5 s are for two clocks that differ.
      and int4send(date_part('epoch', clock_timestamp())::integer + 305)
    and substring(token, 23, 2) = cell
    and substring(token, 25, 4) in ('\x00000000', int4send(pg_backend_pid()))
    and session_user <> 'upheld_staff'
  then
    return encode(substring(token, 3, 16), 'hex');
  end if;
  if length(token) = 84 then
    return upheld_guard.supported_organization(token, inner_block, outer_block, cell);
  end if;
  perform upheld_guard.refuse_context(token);
end
$$;

-- Says why a context was refused; called only when it was. The order matters: a field is believed after the MAC.
create or replace function upheld_guard.refuse_context(token bytea) returns void
language plpgsql stable parallel restricted set search_path = pg_catalog, pg_temp as $$
declare
  key record;
  word text := 'bad_context';
begin
  select * into key from upheld_guard.context_key k
  where k.id = substring(token, 2, 1) and k.retire_at > clock_timestamp();
  if coalesce(length(token), 0) = 0 then
    word := 'no_context';
  elsif sha256(key.outer_block || sha256(key.inner_block || substring(token, 1, 36))) = substring(token, 37) then
    word := case
      when substring(token, 23, 2) <> key.cell then 'other_cell'
      when substring(token, 25, 4) not in ('\x00000000', int4send(pg_backend_pid())) then 'other_backend'
      when session_user = 'upheld_staff' then 'no_grant'
      else 'expired_context'
    end;
  end if;
  raise exception 'upheld: %', word using errcode = '42501';
end
$$;
alter function upheld.organization_id() owner to upheld_guard;
alter function upheld_guard.refuse_context(bytea) owner to upheld_guard;
revoke all on function upheld.organization_id(), upheld_guard.refuse_context(bytea) from public;
grant execute on function upheld.organization_id() to upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page,
  upheld_identity, upheld_jobs, upheld_staff;

-- The only ways for the application to set its context: to the end of the transaction, never longer. The second also
-- bounds the statement; behind a pooler a session default cannot. Before every statement, so without a search path of
-- its own, which would cost more than the rest: the names in it are written out. A note that says staff enters with a
-- context that names a grant, or with none.
create or replace function upheld.enter(token text) returns void
language plpgsql security definer as $$
begin
  perform pg_catalog.set_config('upheld.context', case
      when pg_catalog.strpos(token, '"type":"staff"') operator(pg_catalog.>) 0 and pg_catalog.left(token, 2) operator(pg_catalog.<>) '02' then ''
      else pg_catalog.split_part(token, '{', 1) end, true),
    pg_catalog.set_config('upheld.note', pg_catalog.substr(token, pg_catalog.length(pg_catalog.split_part(token, '{', 1)) operator(pg_catalog.+) 1), true);
end
$$;

create or replace function upheld.enter(token text, timeout_ms integer) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if timeout_ms is null or timeout_ms not between 10 and 600000 then
    raise exception 'upheld: bad_context' using errcode = '42501';
  end if;
  perform set_config('upheld.context', case when strpos(token, '"type":"staff"') > 0 and left(token, 2) <> '02' then ''
      else split_part(token, '{', 1) end, true),
    set_config('upheld.note', substr(token, length(split_part(token, '{', 1)) + 1), true);
  perform set_config('statement_timeout', timeout_ms::text, true);
end
$$;
alter function upheld.enter(text) owner to upheld_guard;
alter function upheld.enter(text, integer) owner to upheld_guard;
revoke all on function upheld.enter(text), upheld.enter(text, integer) from public;
grant execute on function upheld.enter(text), upheld.enter(text, integer) to upheld_app, upheld_identity, upheld_jobs, upheld_staff;

-- Two steps that need a context for no organization; the application's handle alone can sign one.
create or replace function upheld_guard.require_crossing() returns text
language plpgsql stable parallel restricted set search_path = pg_catalog, pg_temp as $$
begin
  if upheld.organization_id() <> '00000000-0000-0000-0000-000000000000' then
    raise exception 'upheld: no_crossing' using errcode = '42501';
  end if;
  return substr(current_setting('upheld.context'), 57, 16);
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
  return query select o.id from upheld_guard.organization o where not o.probe and o.cell is null order by o.created_at, o.id;
end
$$;
alter function upheld.cross_organizations(text) owner to upheld_guard;
revoke all on function upheld.cross_organizations(text) from public;
grant execute on function upheld.cross_organizations(text) to upheld_app, upheld_jobs;

create or replace function upheld.admit_organization(organization uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform upheld_guard.require_crossing();
  insert into upheld_guard.organization (id) values (admit_organization.organization);
end
$$;
alter function upheld.admit_organization(uuid) owner to upheld_guard;
revoke all on function upheld.admit_organization(uuid) from public;
grant execute on function upheld.admit_organization(uuid) to upheld_app, upheld_identity;
