-- What operators order of the prover: a run of one claim now, or one sabotage in a twin. Can be run again at any time.
-- An order makes nothing true: a run that was ordered is a run like any other, and the record of runs is elsewhere.
create table if not exists upheld_proof.run_order (
  id uuid primary key default gen_random_uuid(),
  claim text not null references upheld_proof.turn (claim),
  -- Null: the whole claim is run.
  sabotage text check (length(sabotage) between 1 and 200),
  operator uuid not null,
  placed_at timestamptz(3) not null default clock_timestamp(),
  -- How often a prover took it: one that died is followed by another, not for ever.
  takes integer not null default 0 check (takes between 0 and 3),
  runner uuid,
  lease_until timestamptz,
  ended_at timestamptz(3),
  outcome text check (outcome in ('ran', 'caught', 'missed', 'inconclusive', 'failed', 'lost', 'lapsed')),
  -- Of the run that came of it.
  sequence integer check (sequence >= 1),
  check ((runner is null) = (lease_until is null)),
  check ((ended_at is null) = (outcome is null)),
  check (ended_at is null or runner is null)
);
-- One live order for each claim, whatever the code does.
create unique index if not exists run_order_one_live on upheld_proof.run_order (claim) where ended_at is null;
create index if not exists run_order_operator on upheld_proof.run_order (operator, placed_at);
create index if not exists run_order_ended on upheld_proof.run_order (ended_at);

create table if not exists upheld_proof.order_step (
  order_id uuid not null references upheld_proof.run_order (id) on delete cascade,
  step integer not null check (step between 1 and 1000),
  at timestamptz(3) not null default clock_timestamp(),
  word text not null check (word in ('taken', 'began', 'held', 'broke', 'caught', 'missed', 'written', 'closed', 'released', 'ended')),
  -- Of a probing: `live`, `untouched twin`, or the name of a sabotage.
  place text check (length(place) between 1 and 200),
  primary key (order_id, step)
);

-- What operators did here. It only grows.
create table if not exists upheld_proof.operator_act (
  id bigint generated always as identity primary key,
  at timestamptz(3) not null default clock_timestamp(),
  operator uuid not null,
  act text not null check (act in ('run', 'sabotage', 'refused')),
  claim text not null check (length(claim) between 1 and 200),
  sabotage text check (length(sabotage) between 1 and 200),
  order_id uuid
);

-- Provers that work here, and when each was last heard of.
create table if not exists upheld_proof.prover (
  runner uuid primary key,
  started_at timestamptz(3) not null default clock_timestamp(),
  seen_at timestamptz(3) not null default clock_timestamp()
);

create or replace function upheld_proof.keep_order() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if (new.id, new.claim, new.sabotage, new.operator, new.placed_at)
      is distinct from (old.id, old.claim, old.sabotage, old.operator, old.placed_at)
    or old.ended_at is not null then
    raise exception 'upheld: what was ordered, and how it ended, stays as it is' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create or replace trigger order_is_kept before update on upheld_proof.run_order
  for each row execute function upheld_proof.keep_order();
create or replace function upheld_proof.keep_act() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'upheld: what an operator did stays as it is' using errcode = 'restrict_violation';
end $$;
create or replace trigger act_is_final before update or delete on upheld_proof.operator_act
  for each row execute function upheld_proof.keep_act();

-- The only way to an order: for somebody who works for the operator at this moment, at most 20 an hour, one that lives for
-- each claim. Answers with the order, or with why there is none. The act is written with it, or with its refusal.
create or replace function upheld_proof.place_order(p_operator uuid, p_claim text, p_sabotage text, out placed uuid, out refused text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  moment timestamptz := clock_timestamp();
begin
  if not exists (
    select from upheld_identity.staff s join upheld_identity.person p on p.id = s.person_id
    where s.person_id = p_operator and s.ended_at is null and p.disabled_at is null
  ) then
    refused := 'not_staff';
    return;
  end if;
  if not exists (select from upheld_proof.turn t where t.claim = p_claim and not t.withdrawn and t.due_at is not null) then
    refused := 'no_claim';
    return;
  end if;
  -- Two orders of one operator at once are counted one after the other.
  perform from upheld_identity.staff s where s.person_id = p_operator for update;
  update upheld_proof.run_order o set ended_at = moment, outcome = 'lapsed', runner = null, lease_until = null
  where o.ended_at is null and o.placed_at < moment - interval '1 hour' and (o.lease_until is null or o.lease_until < moment);
  delete from upheld_proof.run_order o where o.ended_at < moment - interval '30 days';
  if (select count(*) from upheld_proof.run_order o
      where o.operator = p_operator and o.placed_at > moment - interval '1 hour') >= 20 then
    refused := 'too_many';
  else
    insert into upheld_proof.run_order (claim, sabotage, operator, placed_at) values (p_claim, p_sabotage, p_operator, moment)
    on conflict (claim) where ended_at is null do nothing returning id into placed;
    if placed is null then refused := 'busy'; end if;
  end if;
  -- Refusals beyond a few are one and the same: nobody fills the table with them.
  if refused is null or (select count(*) from upheld_proof.operator_act a
      where a.operator = p_operator and a.act = 'refused' and a.at > moment - interval '1 hour') < 20 then
    insert into upheld_proof.operator_act (at, operator, act, claim, sabotage, order_id) values (moment, p_operator,
      case when refused is not null then 'refused' when p_sabotage is null then 'run' else 'sabotage' end,
      p_claim, p_sabotage, placed);
  end if;
end $$;

-- A prover says that it lives; whoever was not heard of for a day is forgotten, and so is what ended 30 days ago.
create or replace function upheld_proof.prover_lives(p_runner uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into upheld_proof.prover (runner) values (p_runner)
  on conflict (runner) do update set seen_at = clock_timestamp();
  delete from upheld_proof.prover p where p.seen_at < clock_timestamp() - interval '1 day';
  delete from upheld_proof.run_order o where o.ended_at < clock_timestamp() - interval '30 days';
end $$;

-- Counts and ages alone, over all organizations: what waits for the recorder, and what waits to be mailed.
create or replace function upheld_proof.console_health(
  out version text, out recording bigint, out recording_since timestamptz,
  out mails bigint, out mails_since timestamptz, out mails_given_up bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  version := current_setting('server_version');
  select count(*), min(w.received_at) into recording, recording_since
  from (select p.received_at from upheld_audit.pending p limit 100000) w;
  select count(*), min(w.due_at) into mails, mails_since
  from (select m.due_at from upheld_identity.mail m
    where m.sent_at is null and m.gave_up_at is null and m.due_at <= clock_timestamp() limit 100000) w;
  select count(*) into mails_given_up from upheld_identity.mail m where m.gave_up_at > clock_timestamp() - interval '7 days';
end $$;

revoke all on upheld_proof.run_order, upheld_proof.order_step, upheld_proof.operator_act, upheld_proof.prover from public, upheld_guard, upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console;
revoke all on function upheld_proof.keep_order(), upheld_proof.keep_act(), upheld_proof.place_order(uuid, text, text),
  upheld_proof.prover_lives(uuid), upheld_proof.console_health() from public;
grant usage on schema upheld_proof to upheld_console;
grant select on upheld_proof.run_order, upheld_proof.order_step, upheld_proof.operator_act, upheld_proof.prover to upheld_console;
grant execute on function upheld_proof.place_order(uuid, text, text), upheld_proof.console_health() to upheld_console;
grant select on upheld_proof.run_order, upheld_proof.order_step to upheld_proof;
grant update (takes, runner, lease_until, ended_at, outcome, sequence) on upheld_proof.run_order to upheld_proof;
grant insert on upheld_proof.order_step to upheld_proof;
grant execute on function upheld_proof.prover_lives(uuid) to upheld_proof;
