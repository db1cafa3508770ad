-- Tables of a make that the desk does not have: keys that name people, keys of several columns, partitions, rows that refer
-- to themselves and go with others, a table without a key, one that only grows.
create table orchard."Farm Hand" (
  organization_id uuid not null,
  email text not null check (email like '%@%'),
  hired date not null default '2024-02-29',
  primary key (organization_id, email)
);
create table orchard.tree (
  organization_id uuid not null,
  row_number smallint not null,
  planted_at timestamptz not null,
  kind text not null check (kind in ('apple', 'pear')),
  grafted_from smallint,
  grafted_at timestamptz,
  primary key (organization_id, row_number, planted_at),
  foreign key (organization_id, grafted_from, grafted_at) references orchard.tree (organization_id, row_number, planted_at) on delete cascade
);
create table orchard.picking (
  organization_id uuid not null,
  id bigint generated always as identity,
  row_number smallint not null,
  planted_at timestamptz not null,
  picker text,
  kilos numeric(8, 2) not null default 1 check (kilos > 0),
  primary key (organization_id, id),
  foreign key (organization_id, row_number, planted_at) references orchard.tree (organization_id, row_number, planted_at) on delete cascade,
  foreign key (organization_id, picker) references orchard."Farm Hand" (organization_id, email) on delete set null (picker)
);
create table orchard.weather (
  organization_id uuid not null,
  day date not null,
  celsius smallint,
  primary key (organization_id, day)
) partition by range (day);
create table orchard.weather_old partition of orchard.weather for values from (minvalue) to ('2024-01-01');
create table orchard.weather_new partition of orchard.weather for values from ('2024-01-01') to (maxvalue);
create table orchard.gossip (
  organization_id uuid not null,
  said text not null
);
create table orchard.box (
  organization_id uuid not null,
  id uuid not null default gen_random_uuid(),
  weight integer not null default 10,
  primary key (organization_id, id)
);
create table orchard.diary (
  organization_id uuid not null,
  id uuid not null default gen_random_uuid(),
  entry text not null,
  written_at timestamptz not null default now(),
  primary key (organization_id, id)
);
create function orchard.only_grows() returns trigger language plpgsql as $$
begin
  raise exception 'a diary is not rewritten';
end
$$;
create trigger only_grows before update on orchard.diary for each row execute function orchard.only_grows();
create function orchard.note_box() returns trigger language plpgsql as $$
begin
  insert into orchard.gossip (organization_id, said) values (new.organization_id, 'a new box');
  return null;
end
$$;
create trigger note_box after insert on orchard.box for each row execute function orchard.note_box();
