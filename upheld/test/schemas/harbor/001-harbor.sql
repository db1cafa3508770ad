-- Identifiers of every make: words, numbers of one sequence for all, pairs of numbers, UUIDs.
create table harbor.pass (
  organization_id uuid not null,
  secret_hash     bytea not null,
  role            text not null check (role in ('master', 'hand', 'cook', 'clerk')),
  primary key (organization_id, secret_hash)
);

create table harbor.ship (
  organization_id uuid not null,
  code            text not null check (code ~ '^[a-z0-9-]{4,60}$'),
  name            text not null,
  primary key (organization_id, code),
  unique (organization_id, name)
);

create table harbor.crate (
  organization_id uuid not null,
  id              bigint generated always as identity,
  ship_code       text not null,
  label           text not null,
  primary key (organization_id, id),
  foreign key (organization_id, ship_code) references harbor.ship (organization_id, code)
);

create table harbor.invoice (
  organization_id uuid not null,
  year            integer not null,
  number          integer not null,
  note            text not null default '',
  primary key (organization_id, year, number)
);

create table harbor.voyage (
  organization_id uuid not null,
  id              uuid not null default gen_random_uuid(),
  plan            jsonb not null,
  primary key (organization_id, id)
);
