-- What an adoption keeps while it is under way, and its record afterwards. Nobody but a superuser reaches it.
create schema if not exists upheld_adoption;
revoke all on schema upheld_adoption from public;

create table if not exists upheld_adoption.adoption (
  one         boolean primary key default true check (one),
  options     jsonb not null,
  salt        text not null,
  started_at  timestamptz not null default now(),
  finished_at timestamptz
);

create table if not exists upheld_adoption.step (
  number   bigint generated always as identity unique,
  id       text primary key,
  kind     text not null,
  -- How it is taken back, and whether outside of a transaction.
  undo     jsonb not null,
  alone    boolean not null,
  -- Pages that batches have passed, for each partition.
  progress jsonb not null default '{}',
  -- The strongest lock that was seen on each table.
  taken    jsonb not null default '[]',
  begun_at timestamptz not null default clock_timestamp(),
  done_at  timestamptz
);

-- Which organization a legacy tenant has become. Filled by the last step.
create table if not exists upheld_adoption.organization (
  tenant       text primary key,
  organization uuid not null unique
);
