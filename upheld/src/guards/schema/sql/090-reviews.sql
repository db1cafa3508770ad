-- Reviews of access: what was found when one began, what was decided of it, and what came of that. See guards/reviews.
create table if not exists upheld_access.review_schedule (
  organization_id uuid not null references upheld_guard.organization (id),
  every_months integer not null default 3 check (every_months between 1 and 12),
  decide_days integer not null default 14 check (decide_days between 1 and 60),
  -- How long owners have for what nobody answered.
  escalate_days integer not null default 7 check (escalate_days between 1 and 30),
  -- What becomes of access without privileges that owners did not answer for either.
  unanswered text not null default 'keep' check (unanswered in ('keep', 'remove')),
  changed_by uuid not null,
  changed_at timestamptz(3) not null,
  primary key (organization_id)
);

create table if not exists upheld_access.review (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null,
  -- open: reviewers decide; escalated: owners decide what was left; settled: removed, and not yet tried; closed.
  state text not null check (state in ('open', 'escalated', 'settled', 'closed')),
  opened_at timestamptz(3) not null,
  -- A member, or `schedule`.
  opened_by text not null check (length(opened_by) between 1 and 100),
  due_at timestamptz(3) not null,
  escalate_days integer not null check (escalate_days between 1 and 30),
  unanswered text not null check (unanswered in ('keep', 'remove')),
  items integer not null check (items > 0),
  -- Of what was found, as sha256:<hex>. See guards/reviews/record.ts.
  snapshot text not null check (snapshot ~ '^sha256:[0-9a-f]{64}$'),
  settled_at timestamptz(3),
  closed_at timestamptz(3),
  -- Whether it counts: somebody decided, everything was answered, and what was taken away is away.
  complete boolean,
  record text check (octet_length(record) <= 100000000),
  digest text check (digest ~ '^sha256:[0-9a-f]{64}$'),
  primary key (organization_id, id),
  check ((state = 'closed') = (closed_at is not null and complete is not null and record is not null and digest is not null))
);
-- Whoever still has to decide in it was told so.
alter table upheld_access.review add column if not exists reminded_at timestamptz(3);
-- One at a time.
create unique index if not exists review_live on upheld_access.review (organization_id) where state <> 'closed';
create index if not exists review_age on upheld_access.review (organization_id, opened_at desc);

create table if not exists upheld_access.review_item (
  organization_id uuid not null references upheld_guard.organization (id),
  id uuid not null,
  review_id uuid not null,
  n integer not null check (n > 0),
  kind text not null check (kind ~ '^[a-z][a-z-]{0,39}$'),
  -- The same access has the same words in every review, such as role:<member>:admin.
  access text not null check (length(access) between 1 and 300),
  subject text not null check (length(subject) between 1 and 200),
  -- The member whose access it is; null for what is nobody's here.
  holder uuid,
  privileged boolean not null,
  -- Taken away by an earlier review, and here again.
  restored boolean not null,
  facts jsonb not null,
  used_at timestamptz(3),
  -- Null when nobody in the organization may: then the operator says what it knows.
  reviewer uuid,
  decision text check (decision in ('keep', 'remove')),
  how text check (how in ('reviewer', 'operator', 'silence')),
  decided_by text check (length(decided_by) between 1 and 120),
  decided_at timestamptz(3),
  reason text check (length(reason) between 3 and 500),
  outcome text check (outcome in ('kept', 'removed', 'not-removed')),
  failure text check (length(failure) <= 100),
  -- Whether it still worked when it was tried after it was taken away.
  tried text check (tried in ('refused', 'works')),
  restored_at timestamptz(3),
  primary key (organization_id, id),
  unique (organization_id, review_id, n),
  foreign key (organization_id, review_id) references upheld_access.review (organization_id, id),
  check ((decision is null) = (how is null) and (decision is null) = (decided_at is null)),
  check (how is distinct from 'silence' or decided_by is null),
  check (how is null or how = 'silence' or (decided_by is not null and reason is not null)),
  -- Nobody certifies their own access, whatever a route forgot.
  constraint not_ones_own check (holder is null or (decided_by is distinct from holder::text and reviewer is distinct from holder))
);
create index if not exists review_item_access on upheld_access.review_item (organization_id, access) where outcome is not null;
create index if not exists review_item_taken on upheld_access.review_item (organization_id, access) where outcome = 'removed';

-- What was found and what was decided stays as it is; a review that is closed is over.
create or replace function upheld_access.keep_review() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.state = 'closed' or array_position(array['open', 'escalated', 'settled', 'closed'], new.state)
    < array_position(array['open', 'escalated', 'settled', 'closed'], old.state) then
    raise exception 'upheld: a review that is closed stays as it is' using errcode = '42501';
  end if;
  return new;
end
$$;
create or replace function upheld_access.keep_review_item() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  state text;
  due timestamptz;
begin
  select r.state, r.due_at into state, due from upheld_access.review r
  where r.organization_id = old.organization_id and r.id = old.review_id;
  if (old.decision is not null and (new.decision, new.how, new.decided_by, new.decided_at, new.reason)
      is distinct from (old.decision, old.how, old.decided_by, old.decided_at, old.reason))
    or (old.decision is null and new.decision is not null and state not in ('open', 'escalated'))
    or (old.outcome is not null and new.outcome is distinct from old.outcome)
    -- The jobs answer for silence and for nobody else, and silence never keeps what has privileges.
    or (old.decision is null and new.decision is not null and current_user = 'upheld_jobs' and new.how <> 'silence')
    or (old.decision is null and new.how = 'silence' and (new.privileged and new.decision <> 'remove' or new.decided_at < due))
    or (state = 'closed' and (new.outcome, new.failure, new.tried, new.reviewer) is distinct from (old.outcome, old.failure, old.tried, old.reviewer)) then
    raise exception 'upheld: what was decided in a review stays as it is' using errcode = '42501';
  end if;
  return new;
end
$$;

-- When each organization is to be reviewed: by organization, for the login of the jobs, which otherwise sees one at a time.
create table if not exists upheld_identity.review_due (
  organization_id uuid primary key,
  -- The beginning of the last review that counts; without one, of the organization.
  reviewed_at timestamptz(3) not null,
  -- When the next one opens; null while one goes on, whose time is up at due_at.
  opens_at timestamptz(3),
  due_at timestamptz(3),
  overdue_at timestamptz(3) not null,
  looked_at timestamptz(3)
);
-- When whoever has not decided yet is told so once more: three days before the end, or later where the time is short.
alter table upheld_identity.review_due add column if not exists remind_at timestamptz(3);
create or replace function upheld_access.keep_review_due() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' then
    delete from upheld_identity.review_due d where d.organization_id = old.organization_id;
    return null;
  end if;
  insert into upheld_identity.review_due (organization_id, reviewed_at, opens_at, due_at, remind_at, overdue_at)
  select a.organization_id, k.reviewed_at, case
      when l.state is null then k.reviewed_at + k.every
      when l.state = 'closed' and l.complete then l.opened_at + k.every
      when l.state = 'closed' then l.closed_at + interval '7 days'
    end, case when l.state <> 'closed' then l.due_at end, case
      when l.reminded_at is not null then null
      when l.state = 'open' then greatest(l.due_at - interval '3 days', l.opened_at + (l.due_at - l.opened_at) / 2)
      when l.state = 'escalated' then greatest(l.due_at - interval '3 days', l.due_at - make_interval(days => l.escalate_days) / 2)
    end, k.reviewed_at + k.every + k.grace
  from upheld_access.account a
  left join upheld_access.review_schedule s on s.organization_id = a.organization_id
  left join lateral (select r.state, r.complete, r.opened_at, r.closed_at, r.due_at, r.reminded_at, r.escalate_days from upheld_access.review r
    where r.organization_id = a.organization_id order by r.opened_at desc limit 1) l on true
  cross join lateral (select make_interval(months => coalesce(s.every_months, 3)) as every,
    make_interval(days => coalesce(s.decide_days, 14) + coalesce(s.escalate_days, 7) + 7) as grace,
    coalesce((select max(r.opened_at) from upheld_access.review r where r.organization_id = a.organization_id and r.complete), a.created_at) as reviewed_at) k
  where a.organization_id = new.organization_id
  on conflict (organization_id) do update set reviewed_at = excluded.reviewed_at, opens_at = excluded.opens_at,
    due_at = excluded.due_at, remind_at = excluded.remind_at, overdue_at = excluded.overdue_at;
  return null;
end
$$;
revoke all on function upheld_access.keep_review(), upheld_access.keep_review_item(), upheld_access.keep_review_due() from public;
drop trigger if exists kept on upheld_access.review;
create trigger kept before update on upheld_access.review for each row execute function upheld_access.keep_review();
drop trigger if exists kept on upheld_access.review_item;
create trigger kept before update of decision, how, decided_by, decided_at, reason, outcome, failure, tried, reviewer
  on upheld_access.review_item for each row execute function upheld_access.keep_review_item();
drop trigger if exists review_due on upheld_access.review;
create trigger review_due after insert or update on upheld_access.review
  for each row execute function upheld_access.keep_review_due();
drop trigger if exists review_due on upheld_access.review_schedule;
create trigger review_due after insert or update on upheld_access.review_schedule
  for each row execute function upheld_access.keep_review_due();
drop trigger if exists review_due on upheld_access.account;
create trigger review_due after insert or delete on upheld_access.account
  for each row execute function upheld_access.keep_review_due();

do $$
declare
  name text;
begin
  foreach name in array array['review_schedule', 'review', 'review_item'] loop
    execute format('alter table upheld_access.%I enable row level security, force row level security', name);
  end loop;
end
$$;
create policy upheld_tenant on upheld_access.review_schedule to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_access.review to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
create policy upheld_tenant on upheld_access.review_item to upheld_identity, upheld_jobs
  using (organization_id = (select upheld.organization_id() as organization_id))
  with check (organization_id = (select upheld.organization_id() as organization_id));
-- What was found is written once. Nothing of a review is taken out.
grant select, insert, update on upheld_access.review_schedule to upheld_identity;
grant select on upheld_access.review_schedule to upheld_jobs;
grant select, insert, update (state, due_at, reminded_at, settled_at, closed_at, complete, record, digest) on upheld_access.review to upheld_identity, upheld_jobs;
grant select, insert, update (reviewer, decision, how, decided_by, decided_at, reason, outcome, failure, tried, restored_at)
  on upheld_access.review_item to upheld_identity, upheld_jobs;
grant select on upheld_identity.review_due to upheld_identity, upheld_jobs;
grant update (looked_at) on upheld_identity.review_due to upheld_jobs;

-- Organizations that were there before this table.
insert into upheld_identity.review_due (organization_id, reviewed_at, opens_at, overdue_at)
select a.organization_id, a.created_at, a.created_at + interval '3 months', a.created_at + interval '3 months 28 days'
from upheld_access.account a on conflict do nothing;
