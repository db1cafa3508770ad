-- Support by consent. A context of version 2 is that of staff, and names a grant:
--   1 version  2 key  3 organization(16)  19 expiry(4)  23 cell(2)  25 backend(4)  29 nonce(8)  37 grant(16)  53 mac(32)
-- The MAC is over the word 'upheld-support' and everything before it. It is good for as long as the grant is: each statement
-- looks it up, so that what a customer ends is over with the next one.
create table if not exists upheld_guard.support_grant (
  id uuid primary key,
  organization_id uuid not null references upheld_guard.organization (id),
  -- A pseudonym, the actor of every context under this grant.
  staff_id text not null check (length(staff_id) between 1 and 100),
  -- Without it nothing but the login that only reads is let in.
  writes boolean not null,
  starts_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null check (expires_at > starts_at and expires_at <= starts_at + interval '2 hours'),
  ended_at timestamptz,
  -- What was granted, as canonical JSON, and the Ed25519 signature over it: checked by whoever holds the public key.
  statement text not null check (octet_length(statement) between 2 and 16384),
  signature bytea not null check (length(signature) = 64)
);
create index if not exists support_grant_organization on upheld_guard.support_grant (organization_id, starts_at desc);
alter table upheld_guard.support_grant owner to upheld_guard;
revoke all on upheld_guard.support_grant from public, upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console;

create or replace function upheld_guard.supported_organization(token bytea, inner_block bytea, outer_block bytea, cell bytea) returns uuid
language plpgsql stable parallel restricted set search_path = pg_catalog, pg_temp as $$
declare
  organization uuid := encode(substring(token, 3, 16), 'hex');
  note text := coalesce(current_setting('upheld.note', true), '');
  granted record;
  word text;
begin
  if substring(token, 1, 1) is distinct from '\x02' or sha256(outer_block || sha256(
    substring(inner_block, 1, 64) || convert_to('upheld-support', 'UTF8') || substring(token, 1, 52))) is distinct from substring(token, 53) then
    raise exception 'upheld: bad_context' using errcode = '42501';
  end if;
  select * into granted from upheld_guard.support_grant g where g.id = encode(substring(token, 37, 16), 'hex')::uuid;
  word := case
    when substring(token, 23, 2) <> cell then 'other_cell'
    when substring(token, 25, 4) not in ('\x00000000', int4send(pg_backend_pid())) then 'other_backend'
    when substring(token, 19, 4) not between int4send(date_part('epoch', clock_timestamp())::integer)
      and int4send(date_part('epoch', clock_timestamp())::integer + 305) then 'expired_context'
    when granted.id is null or granted.organization_id <> organization or granted.ended_at is not null
      or clock_timestamp() not between granted.starts_at and granted.expires_at then 'no_grant'
    when session_user in ('upheld_identity', 'upheld_jobs') or not granted.writes and session_user <> 'upheld_staff' then 'no_grant'
    when substring(sha256(convert_to(note, 'UTF8')), 1, 8) <> substring(token, 29, 8) then 'no_grant'
    when (note::jsonb #>> '{actor,type}') is distinct from 'staff' or (note::jsonb #>> '{actor,id}') is distinct from granted.staff_id then 'no_grant'
  end;
  if word is not null then
    raise exception 'upheld: %', word using errcode = '42501';
  end if;
  return organization;
end
$$;
alter function upheld_guard.supported_organization(bytea, bytea, bytea, bytea) owner to upheld_guard;
revoke all on function upheld_guard.supported_organization(bytea, bytea, bytea, bytea) from public;

-- The organization that the context is for, where somebody of its own, or nobody in person, acts: staff decides nothing here.
create or replace function upheld_guard.require_consent() returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  organization uuid := upheld.organization_id();
begin
  if organization = '00000000-0000-0000-0000-000000000000' or upheld.actor() #>> '{actor,type}' = 'staff' then
    raise exception 'upheld: no_grant' using errcode = '42501';
  end if;
  return organization;
end
$$;
alter function upheld_guard.require_consent() owner to upheld_guard;
revoke all on function upheld_guard.require_consent() from public;

-- Says when the grant ends.
create or replace function upheld.grant_support(id uuid, staff_id text, writes boolean, life_secs integer, statement text, signature bytea) returns timestamptz
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  organization uuid := upheld_guard.require_consent();
  ends timestamptz := clock_timestamp() + make_interval(secs => life_secs);
begin
  insert into upheld_guard.support_grant (id, organization_id, staff_id, writes, expires_at, statement, signature)
    values (grant_support.id, organization, grant_support.staff_id, grant_support.writes, ends, grant_support.statement, grant_support.signature);
  return ends;
end
$$;

-- True for whoever ended it, false when it was over before or is no grant of this organization.
create or replace function upheld.end_support(id uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  organization uuid := upheld_guard.require_consent();
begin
  update upheld_guard.support_grant g set ended_at = clock_timestamp()
  where g.id = end_support.id and g.organization_id = organization and g.ended_at is null and g.expires_at > clock_timestamp();
  return found;
end
$$;

create or replace function upheld.support_grants() returns setof upheld_guard.support_grant
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  return query select g.* from upheld_guard.support_grant g where g.organization_id = upheld.organization_id() order by g.starts_at desc limit 1000;
end
$$;
alter function upheld.grant_support(uuid, text, boolean, integer, text, bytea) owner to upheld_guard;
alter function upheld.end_support(uuid) owner to upheld_guard;
alter function upheld.support_grants() owner to upheld_guard;
revoke all on function upheld.grant_support(uuid, text, boolean, integer, text, bytea), upheld.end_support(uuid), upheld.support_grants() from public;
grant execute on function upheld.grant_support(uuid, text, boolean, integer, text, bytea) to upheld_identity;
grant execute on function upheld.end_support(uuid), upheld.support_grants() to upheld_identity, upheld_jobs;
