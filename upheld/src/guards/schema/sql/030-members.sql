-- An organization as its members see it, and the rules that it set for them.
create table if not exists upheld_access.account (
  organization_id uuid not null references upheld_guard.organization (id),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz(3) not null default now(),
  -- A second factor, for everybody here; who has none yet is led to adding one and nowhere else.
  second_factor text not null default 'privileged' check (second_factor in ('privileged', 'everybody')),
  -- Staff of the operator: each time, outside of office hours, or never.
  support text not null default 'ask' check (support in ('ask', 'allow', 'never')),
  primary key (organization_id)
);

create table if not exists upheld_access.member (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  person_id uuid not null references upheld_identity.person (id) on delete cascade,
  roles text[] not null check (cardinality(roles) between 0 and 20),
  -- How they came.
  source text not null check (source in ('founder', 'invitation', 'import', 'scim', 'sso')),
  created_at timestamptz(3) not null default now(),
  suspended_at timestamptz(3),
  -- Sessions that began before this do not enter here any more: an administrator ended them, for this organization.
  entries_after timestamptz(3),
  -- At most an hour old, for access reviews: each change of it is an entry in the organization's log.
  seen_at timestamptz(3),
  primary key (organization_id, id),
  unique (organization_id, person_id)
);

-- One permission more, or one less, than the roles give. Denials win.
create table if not exists upheld_access.override (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  member_id uuid not null,
  permission text not null check (length(permission) between 1 and 100),
  effect text not null check (effect in ('allow', 'deny')),
  author_id uuid not null,
  reason text not null check (length(reason) between 3 and 500),
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  review_at timestamptz(3) not null,
  primary key (organization_id, id),
  unique (organization_id, member_id, permission, effect),
  foreign key (organization_id, member_id) references upheld_access.member (organization_id, id) on delete cascade
);

create table if not exists upheld_access.invitation (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  email text not null check (octet_length(email) between 3 and 254),
  roles text[] not null check (cardinality(roles) between 0 and 20),
  invited_by uuid not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  accepted_at timestamptz(3),
  revoked_at timestamptz(3),
  primary key (organization_id, id),
  foreign key (organization_id, invited_by) references upheld_access.member (organization_id, id) on delete cascade
);
create unique index if not exists invitation_open on upheld_access.invitation (organization_id, email)
  where accepted_at is null and revoked_at is null;

-- The other direction, person by person: an index over members, kept in the transaction that changes one.
create or replace function upheld_access.keep_membership() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op in ('UPDATE', 'DELETE') then
    delete from upheld_identity.membership m where m.person_id = old.person_id and m.organization_id = old.organization_id;
  end if;
  if tg_op in ('INSERT', 'UPDATE') then
    insert into upheld_identity.membership (person_id, organization_id) values (new.person_id, new.organization_id);
  end if;
  return null;
end
$$;
revoke all on function upheld_access.keep_membership() from public;
drop trigger if exists membership on upheld_access.member;
create trigger membership after insert or delete or update of person_id, organization_id on upheld_access.member
  for each row execute function upheld_access.keep_membership();

-- At least one owner, always: whoever takes the last one away is refused, also when two do it at once. They wait for each
-- other here, so that one of the two sees what the other did. A new owner is made before an old one steps down.
create or replace function upheld_access.keep_owner() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  left_over integer;
begin
  if not ('owner' = any (old.roles)) or old.suspended_at is not null then
    return null;
  end if;
  if tg_op = 'UPDATE' and 'owner' = any (new.roles) and new.suspended_at is null and new.organization_id = old.organization_id then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('upheld owners ' || old.organization_id, 0));
  -- An owner whose account is closed is none who could do anything.
  select count(*) into left_over from upheld_access.member m join upheld_identity.person p on p.id = m.person_id
  where m.organization_id = old.organization_id and 'owner' = any (m.roles) and m.suspended_at is null
    and p.disabled_at is null;
  -- An organization whose last member goes with its account is being removed, and has nobody to lock out.
  if left_over = 0 and exists (select from upheld_access.account a where a.organization_id = old.organization_id) then
    raise exception 'upheld: last_owner' using errcode = '23514';
  end if;
  return null;
end
$$;
revoke all on function upheld_access.keep_owner() from public;
drop trigger if exists owner_stays on upheld_access.member;
create trigger owner_stays after delete or update on upheld_access.member
  for each row execute function upheld_access.keep_owner();

do $$
declare
  name text;
begin
  foreach name in array array['account', 'member', 'override', 'invitation'] loop
    execute format('alter table upheld_access.%I enable row level security, force row level security', name);
  end loop;
end
$$;
create policy upheld_tenant on upheld_access.account to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_access.member to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_access.override to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_access.invitation to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
grant select, insert, update, delete on upheld_access.account, upheld_access.member, upheld_access.override,
  upheld_access.invitation to upheld_identity;
grant select, update, delete on upheld_access.member to upheld_jobs;
grant select, delete on upheld_access.override, upheld_access.invitation to upheld_jobs;
grant select on upheld_access.account to upheld_jobs;
