-- Who else may say who somebody is: domains that an organization proved, its providers of identity, its directory.
create table if not exists upheld_access.domain (
  organization_id uuid not null references upheld_guard.organization (id),
  -- Lower case, in the letters of DNS (RFC 5890).
  name text not null check (octet_length(name) between 3 and 253 and name ~ '^[a-z0-9-]+([.][a-z0-9-]+)+$'),
  -- What the DNS has to say. No secret: whoever can write it there owns the domain.
  challenge text not null check (length(challenge) = 43),
  created_at timestamptz(3) not null,
  -- The last time that it said so. A proof grows old.
  proven_at timestamptz(3),
  primary key (organization_id, name)
);

-- The other direction, from a domain to whoever proved it: kept in the transaction that changes one. Whoever wants to sign in
-- by an address is led to a provider by the domain alone, and learns nothing of the address.
create table if not exists upheld_identity.domain_home (
  domain text not null,
  organization_id uuid not null,
  proven_at timestamptz(3) not null,
  primary key (domain, organization_id)
);
create or replace function upheld_access.keep_domain_home() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op in ('UPDATE', 'DELETE') then
    delete from upheld_identity.domain_home h where h.domain = old.name and h.organization_id = old.organization_id;
  end if;
  if tg_op in ('INSERT', 'UPDATE') and new.proven_at is not null then
    insert into upheld_identity.domain_home (domain, organization_id, proven_at)
    values (new.name, new.organization_id, new.proven_at);
  end if;
  return null;
end
$$;
revoke all on function upheld_access.keep_domain_home() from public;
drop trigger if exists domain_home on upheld_access.domain;
create trigger domain_home after insert or delete or update on upheld_access.domain
  for each row execute function upheld_access.keep_domain_home();

create table if not exists upheld_access.sso_connection (
  organization_id uuid not null references upheld_guard.organization (id),
  -- Also the row that the secret is sealed for: known before it is written.
  id uuid not null,
  name text not null check (length(name) between 1 and 100),
  issuer text not null check (octet_length(issuer) between 9 and 500 and issuer ~ '^https://'),
  client_id text not null check (length(client_id) between 1 and 500),
  client_secret upheld.sealed not null,
  client_method text not null check (client_method in ('client_secret_basic', 'client_secret_post')),
  -- What the provider says when it asked for a second factor, such as amr:mfa or acr:urn:example:two.
  second_factor text[] not null check (cardinality(second_factor) <= 20),
  -- Whether somebody of a proven domain becomes a member by signing in, and as what.
  provision boolean not null,
  roles text[] not null check (cardinality(roles) <= 20 and not 'owner' = any (roles)),
  created_by uuid not null,
  created_at timestamptz(3) not null,
  -- At most an hour old.
  used_at timestamptz(3),
  disabled_at timestamptz(3),
  primary key (organization_id, id)
);
create index if not exists session_provider on upheld_identity.session (organization_id) where organization_id is not null;
-- Whoever ends one, a member or a review that the jobs close: who came by a provider of the organization signs in anew, and
-- who is still asked for a second factor after the word of that provider does so too.
create or replace function upheld_access.end_provider_sessions() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from upheld_identity.once o
  where o.kind = 'sign-in-ticket' and o.subject ->> 'organizationId' = old.organization_id::text;
  delete from upheld_identity.session s where s.organization_id = old.organization_id;
  return null;
end
$$;
revoke all on function upheld_access.end_provider_sessions() from public;
drop trigger if exists end_sessions on upheld_access.sso_connection;
create trigger end_sessions after delete or update of disabled_at on upheld_access.sso_connection
  for each row execute function upheld_access.end_provider_sessions();
comment on column upheld_access.sso_connection.client_secret is 'sealed as upheld_access.sso_connection.client_secret';

-- Whom a provider means. Of one organization each: a provider of one lets nobody into another.
create table if not exists upheld_identity.sso_identity (
  organization_id uuid not null,
  issuer text not null check (octet_length(issuer) between 9 and 500),
  -- OpenID Connect Core, section 2: at most 255 characters.
  subject text not null check (octet_length(subject) between 1 and 255),
  person_id uuid not null references upheld_identity.person (id) on delete cascade,
  -- link: by the person; sign-in: made with them; directory: whom the directory of the organization named.
  source text not null check (source in ('link', 'sign-in', 'directory')),
  linked_at timestamptz(3) not null,
  seen_at timestamptz(3),
  primary key (organization_id, issuer, subject),
  unique (organization_id, issuer, person_id)
);
create index if not exists sso_identity_person on upheld_identity.sso_identity (person_id);

create table if not exists upheld_access.scim_token (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  name text not null check (length(name) between 1 and 100),
  hash bytea not null check (length(hash) = 32),
  created_by uuid not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null check (expires_at > created_at and expires_at <= created_at + interval '731 days'),
  -- At most an hour old.
  used_at timestamptz(3),
  revoked_at timestamptz(3),
  primary key (organization_id, id),
  unique (organization_id, hash)
);

-- A person as the directory of the organization knows them. What it says of them is true in this organization alone.
create table if not exists upheld_access.scim_user (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  user_name text not null check (length(user_name) between 1 and 254),
  -- By which it is found whatever the case of letters: behind row security no index over lower() is used.
  folded_name text not null generated always as (lower(user_name)) stored,
  external_id text check (length(external_id) between 1 and 255),
  -- The address by which a member is found; empty when the directory gave none that is one.
  email text check (octet_length(email) between 3 and 254),
  -- The attributes of RFC 7643, section 4.1, that are kept: names, addresses, a title.
  attributes jsonb not null check (octet_length(attributes::text) <= 16384),
  active boolean not null,
  -- Nobody yet: the domain of the address is not proven, and no invitation was accepted.
  member_id uuid,
  -- Since when it has been somebody. Who was removed here afterwards is not brought back by the directory alone.
  settled_at timestamptz(3),
  -- Whether the person came into being by this directory.
  made_person boolean not null default false,
  -- Whether the directory suspended the member: what somebody here suspended, it does not lift.
  suspended boolean not null default false,
  -- Roles that the member has by groups, and by nothing else.
  granted text[] not null default '{}' check (cardinality(granted) <= 20 and not 'owner' = any (granted)),
  created_at timestamptz(3) not null,
  changed_at timestamptz(3) not null,
  version bigint not null default 1,
  primary key (organization_id, id),
  foreign key (organization_id, member_id) references upheld_access.member (organization_id, id)
    on delete set null (member_id)
);
-- When it did, by which its own suspension is told from one that somebody made here since.
alter table upheld_access.scim_user add column if not exists suspended_at timestamptz(3);
create unique index if not exists scim_user_name on upheld_access.scim_user (organization_id, folded_name);
create unique index if not exists scim_user_external on upheld_access.scim_user (organization_id, external_id);
create unique index if not exists scim_user_member on upheld_access.scim_user (organization_id, member_id);
create index if not exists scim_user_email on upheld_access.scim_user (organization_id, email);

create table if not exists upheld_access.scim_group (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  display_name text not null check (length(display_name) between 1 and 200),
  external_id text check (length(external_id) between 1 and 255),
  -- Set by an owner, never by the directory, and never to owner.
  role text check (length(role) between 1 and 100 and role <> 'owner'),
  created_at timestamptz(3) not null,
  changed_at timestamptz(3) not null,
  version bigint not null default 1,
  primary key (organization_id, id)
);
create unique index if not exists scim_group_name on upheld_access.scim_group (organization_id, lower(display_name));

create table if not exists upheld_access.scim_group_user (
  organization_id uuid not null references upheld_guard.organization (id),
  group_id uuid not null,
  user_id uuid not null,
  primary key (organization_id, group_id, user_id),
  foreign key (organization_id, group_id) references upheld_access.scim_group (organization_id, id) on delete cascade,
  foreign key (organization_id, user_id) references upheld_access.scim_user (organization_id, id) on delete cascade
);
create index if not exists scim_group_user_user on upheld_access.scim_group_user (organization_id, user_id);

do $$
declare
  name text;
begin
  foreach name in array array['domain', 'sso_connection', 'scim_token', 'scim_user', 'scim_group', 'scim_group_user'] loop
    execute format('alter table upheld_access.%I enable row level security, force row level security', name);
  end loop;
end
$$;
create policy upheld_tenant on upheld_access.domain to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_access.sso_connection to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_access.scim_token to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_access.scim_user to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_access.scim_group to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_access.scim_group_user to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
grant select, insert, update, delete on upheld_access.domain, upheld_access.sso_connection, upheld_access.scim_token,
  upheld_access.scim_user, upheld_access.scim_group, upheld_access.scim_group_user, upheld_identity.sso_identity
  to upheld_identity;

grant select on upheld_identity.domain_home to upheld_identity, upheld_jobs;

-- The jobs look at domains anew and end what a review took away; they read neither secret nor hash.
grant select, update (proven_at) on upheld_access.domain to upheld_jobs;
grant select (organization_id, id, name, issuer, created_by, created_at, used_at, disabled_at), update (disabled_at)
  on upheld_access.sso_connection to upheld_jobs;
grant select (organization_id, id, name, created_by, created_at, expires_at, used_at, revoked_at), update (revoked_at)
  on upheld_access.scim_token to upheld_jobs;

-- They open nothing again: what was ended stays so, and a domain that nobody proved is not proven by looking anew.
create or replace function upheld_access.jobs_only_end() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  was text := to_jsonb(old) ->> tg_argv[0];
begin
  if session_user = 'upheld_jobs' and was is distinct from to_jsonb(new) ->> tg_argv[0] and (was is null) = (tg_argv[0] = 'proven_at') then
    raise exception 'upheld: jobs_only_take' using errcode = '42501';
  end if;
  return new;
end
$$;
revoke all on function upheld_access.jobs_only_end() from public;
drop trigger if exists jobs_only_end on upheld_access.domain;
create trigger jobs_only_end before update on upheld_access.domain
  for each row execute function upheld_access.jobs_only_end('proven_at');
drop trigger if exists jobs_only_end on upheld_access.sso_connection;
create trigger jobs_only_end before update on upheld_access.sso_connection
  for each row execute function upheld_access.jobs_only_end('disabled_at');
drop trigger if exists jobs_only_end on upheld_access.scim_token;
create trigger jobs_only_end before update on upheld_access.scim_token
  for each row execute function upheld_access.jobs_only_end('revoked_at');
