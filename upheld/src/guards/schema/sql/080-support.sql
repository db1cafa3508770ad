-- People of the operator. They are never members: an account that could be both would see a customer as its own.
create table if not exists upheld_identity.staff (
  person_id uuid primary key references upheld_identity.person (id) on delete cascade,
  added_at timestamptz(3) not null,
  added_by text not null check (length(added_by) between 1 and 100),
  ended_at timestamptz(3)
);

-- What staff asked of one organization, what became of it, and what was done. The grant itself is upheld_guard.support_grant.
create table if not exists upheld_access.support_request (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null default gen_random_uuid(),
  kind text not null check (kind in ('consent', 'break-glass')),
  case_id text not null check (length(case_id) between 1 and 100),
  reason text not null check (length(reason) between 10 and 1000),
  -- Permissions that are needed, of those that staff may ever be given.
  permissions text[] not null check (cardinality(permissions) between 1 and 50),
  writes boolean not null,
  minutes integer not null check (minutes between 1 and 120),
  staff_id uuid not null,
  requested_at timestamptz(3) not null,
  -- Unanswered by then it is over.
  lapses_at timestamptz(3) not null,
  peer_id uuid check (peer_id <> staff_id),
  peer_at timestamptz(3),
  -- A member of this organization, or null where its own standing rule, or the broken glass, decided.
  decided_by uuid,
  decided_at timestamptz(3),
  decision text check (decision in ('approved', 'declined')),
  grant_id uuid,
  ends_at timestamptz(3),
  ended_at timestamptz(3),
  -- What was done under it, written when it is over.
  report jsonb,
  -- Of a broken glass: somebody else looked at it afterwards.
  review_due_at timestamptz(3),
  reviewed_by uuid,
  reviewed_at timestamptz(3),
  primary key (organization_id, id),
  check ((decision = 'approved') = (grant_id is not null)),
  check (kind <> 'break-glass' or review_due_at is not null)
);
create index if not exists support_request_open on upheld_access.support_request (organization_id, requested_at desc);

create or replace function upheld_access.refuse_staff() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  mixed boolean := false;
begin
  -- On the person's row: ten thousand members in one transaction take ten thousand row locks, and no room in the table of
  -- locks. Whoever makes the other of the two waits here, and sees what was made.
  perform from upheld_identity.person p where p.id = new.person_id for no key update;
  if tg_table_name = 'member' then
    mixed := exists (select from upheld_identity.staff s where s.person_id = new.person_id and s.ended_at is null);
  elsif new.ended_at is null then
    mixed := exists (select from upheld_identity.membership m where m.person_id = new.person_id);
  end if;
  if mixed then
    raise exception 'upheld: staff_is_no_member' using errcode = '23514';
  end if;
  return null;
end
$$;
revoke all on function upheld_access.refuse_staff() from public;
drop trigger if exists no_staff on upheld_access.member;
create trigger no_staff after insert or update of person_id on upheld_access.member
  for each row execute function upheld_access.refuse_staff();
drop trigger if exists no_member on upheld_identity.staff;
create trigger no_member after insert or update on upheld_identity.staff
  for each row execute function upheld_access.refuse_staff();

-- Whoever leaves the operator leaves every organization, with the next statement: the grants themselves end. Who comes back
-- asks anew.
create or replace function upheld_access.end_grants() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  gone text := coalesce(to_jsonb(old) ->> 'person_id', to_jsonb(old) ->> 'id');
begin
  update upheld_guard.support_grant g set ended_at = clock_timestamp()
  where g.staff_id = gone and g.ended_at is null and g.expires_at > clock_timestamp();
  return null;
end
$$;
revoke all on function upheld_access.end_grants() from public;
drop trigger if exists end_grants on upheld_identity.staff;
create trigger end_grants after delete or update of ended_at on upheld_identity.staff
  for each row execute function upheld_access.end_grants();
drop trigger if exists end_grants on upheld_identity.person;
create trigger end_grants after update of disabled_at on upheld_identity.person
  for each row execute function upheld_access.end_grants();

-- What was decided, begun, ended and reported stays so, whichever login comes: a grant that is over is not opened again by
-- forgetting that it was.
create or replace function upheld_access.keep_support_request() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (new.kind, new.case_id, new.reason, new.permissions, new.writes, new.minutes, new.staff_id, new.requested_at)
      is distinct from (old.kind, old.case_id, old.reason, old.permissions, old.writes, old.minutes, old.staff_id, old.requested_at)
    or (old.peer_id is not null and (new.peer_id, new.peer_at) is distinct from (old.peer_id, old.peer_at))
    or (old.decision is not null and (new.decision, new.decided_by, new.decided_at, new.grant_id, new.ends_at)
      is distinct from (old.decision, old.decided_by, old.decided_at, old.grant_id, old.ends_at))
    or (old.ended_at is not null and (new.ended_at, new.decision) is distinct from (old.ended_at, old.decision))
    or (old.report is not null and new.report is distinct from old.report)
    or (old.reviewed_at is not null and (new.reviewed_by, new.reviewed_at) is distinct from (old.reviewed_by, old.reviewed_at)) then
    raise exception 'upheld: what became of a request for support stays as it is' using errcode = '42501';
  end if;
  return new;
end
$$;
revoke all on function upheld_access.keep_support_request() from public;
drop trigger if exists kept on upheld_access.support_request;
create trigger kept before update on upheld_access.support_request
  for each row execute function upheld_access.keep_support_request();

-- For the operator's own people, who belong to no organization: where something waits for one of them. What it is about
-- stands in the organization alone.
create table if not exists upheld_identity.support_place (
  request_id uuid primary key,
  organization_id uuid not null,
  kind text not null,
  staff_id uuid not null,
  requested_at timestamptz(3) not null,
  -- Until then there is something to do about it; a broken glass waits for its review as long as it takes.
  closes_at timestamptz(3) not null
);
create index if not exists support_place_open on upheld_identity.support_place (closes_at);
create or replace function upheld_access.keep_support_place() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    delete from upheld_identity.support_place p where p.request_id = old.id;
    return null;
  end if;
  insert into upheld_identity.support_place (request_id, organization_id, kind, staff_id, requested_at, closes_at)
  values (new.id, new.organization_id, new.kind, new.staff_id, new.requested_at, case
    when new.kind = 'break-glass' and new.grant_id is not null and new.reviewed_at is null then 'infinity'
    when new.ended_at is not null then new.ended_at
    when new.decision = 'declined' then new.decided_at
    else coalesce(new.ends_at, new.lapses_at) end)
  on conflict (request_id) do update set closes_at = excluded.closes_at;
  return null;
end
$$;
revoke all on function upheld_access.keep_support_place() from public;
drop trigger if exists place on upheld_access.support_request;
create trigger place after insert or delete or update on upheld_access.support_request
  for each row execute function upheld_access.keep_support_place();
grant select on upheld_identity.support_place to upheld_identity, upheld_jobs;

-- What the public page counts: when a glass was broken and reviewed, and nothing of where, by whom or why.
create table if not exists upheld_identity.broken_glass (
  request_id uuid primary key,
  broken_at timestamptz(3) not null,
  review_due_at timestamptz(3) not null,
  reviewed_at timestamptz(3)
);
create or replace function upheld_access.count_glass() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if new.kind = 'break-glass' and new.grant_id is not null
    and not exists (select from upheld_guard.organization o where o.id = new.organization_id and o.probe) then
    insert into upheld_identity.broken_glass (request_id, broken_at, review_due_at, reviewed_at)
    values (new.id, coalesce(new.decided_at, new.requested_at), new.review_due_at, new.reviewed_at)
    on conflict (request_id) do update set reviewed_at = excluded.reviewed_at;
  end if;
  return null;
end
$$;
revoke all on function upheld_access.count_glass() from public;
drop trigger if exists glass on upheld_access.support_request;
create trigger glass after insert or update on upheld_access.support_request
  for each row execute function upheld_access.count_glass();
grant select (broken_at, review_due_at, reviewed_at) on upheld_identity.broken_glass to upheld_page;

-- Asked for every page of a member while staff could be there.
create index if not exists support_request_live on upheld_access.support_request (organization_id, ends_at)
  where grant_id is not null and ended_at is null;

alter table upheld_access.support_request enable row level security, force row level security;
create policy upheld_tenant on upheld_access.support_request to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
grant select, insert, update on upheld_access.support_request to upheld_identity;
grant select, update (ended_at, report) on upheld_access.support_request to upheld_jobs;
grant select, insert, update on upheld_identity.staff to upheld_identity;
