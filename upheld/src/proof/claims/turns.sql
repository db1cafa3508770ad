-- Who runs what, when, and every run that was ever begun. Can be run again at any time.
-- Roles upheld_proof and upheld_page exist already.
create schema if not exists upheld_proof;

-- One row for each claim that was ever promised. All times here are the database's own: it is the one clock
-- that every prover shares.
create table if not exists upheld_proof.turn (
  claim text primary key,
  digest text not null,
  -- The promise was taken back; the row stays, and so does its history.
  withdrawn boolean not null default false,
  -- Null when there is nothing to run, as for a statement that a person signed.
  due_at timestamptz,
  sequence integer not null default 0 check (sequence >= 0),
  runner uuid,
  lease_until timestamptz,
  check ((runner is null) = (lease_until is null))
);

-- One row for each run that was begun, written before it begins: a run cannot vanish by not ending.
create table if not exists upheld_proof.attempt (
  claim text not null references upheld_proof.turn (claim),
  sequence integer not null check (sequence >= 1),
  digest text not null,
  runner uuid not null,
  started_at timestamptz not null,
  timeout_secs integer not null check (timeout_secs between 1 and 3600),
  finished_at timestamptz,
  log_index bigint unique check (log_index >= 0),
  primary key (claim, sequence),
  check ((finished_at is null) = (log_index is null))
);

-- The database itself refuses a second run of a claim while one is open.
create unique index if not exists attempt_one_open on upheld_proof.attempt (claim) where finished_at is null;

-- Nothing is ever deleted, and an attempt that was closed stays as it is.
create or replace function upheld_proof.keep_closed_attempt() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'UPDATE' and old.finished_at is null then return new; end if;
  raise exception 'The record of runs only grows: % on upheld_proof.attempt is refused.', lower(tg_op)
    using errcode = 'restrict_violation';
end $$;
create or replace trigger attempt_is_final before update or delete on upheld_proof.attempt
  for each row execute function upheld_proof.keep_closed_attempt();

revoke all on upheld_proof.turn, upheld_proof.attempt from public, upheld_guard, upheld_app, upheld_owner, upheld_migrate, upheld_proof, upheld_record, upheld_page, upheld_identity, upheld_jobs, upheld_staff, upheld_console;
revoke all on function upheld_proof.keep_closed_attempt() from public;
grant usage on schema upheld_proof to upheld_proof, upheld_page;
grant select on upheld_proof.turn, upheld_proof.attempt to upheld_proof, upheld_page;
grant insert on upheld_proof.turn, upheld_proof.attempt to upheld_proof;
grant update (digest, withdrawn, due_at, sequence, runner, lease_until) on upheld_proof.turn to upheld_proof;
grant update (finished_at, log_index) on upheld_proof.attempt to upheld_proof;
