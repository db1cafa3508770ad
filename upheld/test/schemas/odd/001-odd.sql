-- Everything that makes it hard to put a row into a table that one has never seen.
create type odd.mood as enum ('calm', 'cross');
create domain odd.handle as text check (value ~ '^[a-z]{3,8}$');
create domain odd.percent as integer not null check (value between 5 and 95);

create table odd."Ta""ble 🚪" (
  organization_id uuid not null,
  id              bigint generated always as identity,
  "co""l 
umn"            text not null,
  mood            odd.mood not null,
  handle          odd.handle,
  share           odd.percent,
  doubled         integer generated always as (2 * 21) stored,
  primary key (organization_id, id)
);

create table odd.strict (
  organization_id uuid not null,
  code            char(2) not null check (code in ('aa', 'bb')),
  email           varchar(40) not null check (email like '%@%'),
  digest          bytea not null check (octet_length(digest) = 32),
  tags            text[] not null,
  low             integer not null check (low > 40),
  high            integer not null,
  at              timestamptz not null,
  span            daterange,
  address         inet not null,
  settings        jsonb not null check (jsonb_typeof(settings) = 'object'),
  search          tsvector,
  price           numeric(6, 2) not null check (price > 0),
  key             text not null,
  primary key (organization_id, key),
  unique (organization_id, email),
  check (high > low)
);

create table odd.tree (
  organization_id uuid not null,
  id              uuid not null default gen_random_uuid(),
  parent_id       uuid,
  primary key (organization_id, id),
  foreign key (organization_id, parent_id) references odd.tree (organization_id, id)
);

create table odd.chicken (organization_id uuid not null, id integer not null, egg_id integer, primary key (organization_id, id));
create table odd.egg (
  organization_id uuid not null,
  id              integer not null,
  chicken_id      integer not null,
  primary key (organization_id, id),
  foreign key (organization_id, chicken_id) references odd.chicken (organization_id, id) deferrable initially deferred
);
alter table odd.chicken add foreign key (organization_id, egg_id) references odd.egg (organization_id, id) not valid;

create table odd.event (organization_id uuid not null, kind text not null, id integer not null, primary key (organization_id, kind, id))
  partition by list (kind);
create table odd.event_in partition of odd.event for values in ('arrived', 'came back');
create table odd.event_out partition of odd.event for values in ('left');

create table odd.shard (organization_id uuid not null, id integer not null, primary key (organization_id, id)) partition by hash (organization_id);
create table odd.shard_0 partition of odd.shard for values with (modulus 1, remainder 0);

create table odd.room (
  organization_id uuid not null,
  id              integer not null,
  during          tsrange not null,
  primary key (organization_id, id)
);

create function odd.stamp() returns trigger language plpgsql as $$ begin new.note := 'stamped ' || coalesce(new.note, ''); return new; end $$;
create table odd.noted (organization_id uuid not null, id integer not null, note text not null, primary key (organization_id, id));
create trigger stamp before insert or update on odd.noted for each row execute function odd.stamp();

create function odd.keep() returns trigger language plpgsql as $$ begin raise exception 'a ledger is only added to'; end $$;
create table odd.ledger (organization_id uuid not null, id integer not null, amount numeric not null, primary key (organization_id, id));
create trigger keep before update or delete on odd.ledger for each row execute function odd.keep();
