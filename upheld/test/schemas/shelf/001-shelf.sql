-- What query builders are tried on. The default lets an insert leave the organization out: the database knows it.
create type shelf.mood as enum ('calm', 'cross');

create table shelf.author (
  organization_id uuid not null default upheld.organization_id(),
  id              integer not null,
  name            text not null,
  primary key (organization_id, id),
  unique (organization_id, name)
);

create table shelf.book (
  organization_id uuid not null default upheld.organization_id(),
  id              integer not null,
  author_id       integer not null,
  title           text not null,
  pages           integer not null default 1 check (pages > 0),
  primary key (organization_id, id),
  foreign key (organization_id, author_id) references shelf.author (organization_id, id) deferrable
);

create table shelf.thing (
  organization_id uuid not null default upheld.organization_id(),
  id              integer not null,
  mark            uuid,
  big             bigint,
  share           numeric,
  at              timestamptz,
  doc             jsonb,
  tags            text[],
  counts          integer[],
  raw             bytea,
  mood            shelf.mood,
  day             date,
  span            interval,
  note            text,
  primary key (organization_id, id)
);
