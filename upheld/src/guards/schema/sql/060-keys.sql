-- Keys of programs, and what visitors of a customer's pages are let in with. See guards/keys.
create table if not exists upheld_access.api_key (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  name text not null check (length(name) between 1 and 100),
  -- SHA-256 of the whole key. The key itself was shown once and is nowhere.
  hash bytea not null check (length(hash) = 32),
  scopes text[] not null check (cardinality(scopes) between 1 and 100),
  -- Where it may be used from; empty is everywhere.
  networks cidr[] not null default '{}' check (cardinality(networks) <= 50),
  -- A member. Not a foreign key: the row outlives its maker, and opens nothing without one.
  made_by uuid not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null check (expires_at > created_at and expires_at <= created_at + interval '366 days'),
  -- At most a minute old.
  used_at timestamptz(3),
  revoked_at timestamptz(3),
  revoked_by text check (length(revoked_by) <= 100),
  revoked_why text check (revoked_why in ('asked', 'leaked', 'review')),
  primary key (organization_id, id),
  unique (organization_id, hash),
  check ((revoked_at is null) = (revoked_why is null))
);
create index if not exists api_key_maker on upheld_access.api_key (organization_id, made_by);

-- Pages that a visitor's token may be used on: exact origins, RFC 6454.
create table if not exists upheld_access.visitor_origin (
  organization_id uuid not null references upheld_guard.organization (id),
  origin text not null check (octet_length(origin) <= 255
    and origin ~ '^(https://[a-z0-9.-]+|https://\[[0-9a-f:.]+\]|http://(localhost|127\.0\.0\.1|\[::1\]))(:[0-9]{1,5})?$'),
  added_by uuid not null,
  created_at timestamptz(3) not null,
  primary key (organization_id, origin)
);

-- What tokens of visitors are signed with: 32 random bytes, sealed by the vault for this row.
create table if not exists upheld_access.visitor_key (
  organization_id uuid not null references upheld_guard.organization (id),
  version integer not null check (version > 0),
  secret upheld.sealed not null,
  created_at timestamptz(3) not null,
  -- No new token after this; none is believed after that.
  signs_until timestamptz(3) not null,
  ends_at timestamptz(3) not null,
  primary key (organization_id, version)
);
comment on column upheld_access.visitor_key.secret is 'sealed as upheld_access.visitor_key.secret';

-- A key makes no key, whatever a route forgot: the signed context says who acts. What is revoked stays revoked.
create or replace function upheld_access.keep_keys() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    if upheld.actor() #>> '{actor,type}' is distinct from 'member' or upheld.actor() #>> '{actor,id}' is distinct from new.made_by::text then
      raise exception 'upheld: only a member makes a key' using errcode = '42501';
    end if;
  elsif old.revoked_at is not null and (new.revoked_at, new.revoked_why, new.revoked_by) is distinct from (old.revoked_at, old.revoked_why, old.revoked_by) then
    raise exception 'upheld: a key that was revoked stays so' using errcode = '42501';
  end if;
  return new;
end
$$;
revoke all on function upheld_access.keep_keys() from public;
drop trigger if exists kept on upheld_access.api_key;
create trigger kept before insert or update on upheld_access.api_key
  for each row execute function upheld_access.keep_keys();

do $$
declare
  name text;
begin
  foreach name in array array['api_key', 'visitor_origin', 'visitor_key'] loop
    execute format('alter table upheld_access.%I enable row level security, force row level security', name);
  end loop;
end
$$;
create policy upheld_tenant on upheld_access.api_key to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_access.visitor_origin to upheld_identity
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_access.visitor_key to upheld_identity
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));

-- Scopes, maker, networks and end of a key never change: nobody may write these columns again.
grant select, insert, update (used_at, revoked_at, revoked_by, revoked_why) on upheld_access.api_key to upheld_identity;
grant select, insert, delete on upheld_access.visitor_origin to upheld_identity;
grant select, insert, delete, update (signs_until, ends_at, secret) on upheld_access.visitor_key to upheld_identity;

-- The jobs review keys and end them. They read no hash.
grant select (organization_id, id, name, scopes, networks, made_by, created_at, expires_at, used_at, revoked_at, revoked_why),
  update (revoked_at, revoked_by, revoked_why) on upheld_access.api_key to upheld_jobs;
