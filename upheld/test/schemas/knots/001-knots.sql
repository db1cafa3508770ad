-- Sound tables into which a row goes only when it is thought out: rows that point at themselves and at each other, checks
-- over several columns, triggers with opinions, ranges.
create table knots.self (
  organization_id uuid not null,
  id              integer generated always as identity,
  root_id         integer not null,
  primary key (organization_id, id),
  foreign key (organization_id, root_id) references knots.self (organization_id, id)
);

create table knots.ring (
  organization_id uuid not null,
  code            text not null,
  next_code       text not null check (next_code <> ''),
  primary key (organization_id, code),
  foreign key (organization_id, next_code) references knots.ring (organization_id, code) deferrable initially deferred
);

-- Each demands the other, and both are looked at with every statement.
create table knots.team (organization_id uuid not null, id uuid not null default gen_random_uuid(), lead_id uuid not null, primary key (organization_id, id));
create table knots.person (
  organization_id uuid not null,
  id              uuid not null default gen_random_uuid(),
  team_id         uuid not null,
  name            text not null,
  primary key (organization_id, id),
  foreign key (organization_id, team_id) references knots.team (organization_id, id)
);
alter table knots.team add foreign key (organization_id, lead_id) references knots.person (organization_id, id) not valid;

-- A circle of three, looked at when the transaction ends.
create table knots.sun (organization_id uuid not null, id bigint not null, moon_id bigint not null, primary key (organization_id, id));
create table knots.earth (
  organization_id uuid not null, id bigint not null, sun_id bigint not null, primary key (organization_id, id),
  foreign key (organization_id, sun_id) references knots.sun (organization_id, id) deferrable initially deferred
);
create table knots.moon (
  organization_id uuid not null, id bigint not null, earth_id bigint not null, primary key (organization_id, id),
  foreign key (organization_id, earth_id) references knots.earth (organization_id, id) deferrable initially deferred
);
alter table knots.sun add foreign key (organization_id, moon_id) references knots.moon (organization_id, id) deferrable initially deferred not valid;

-- Belongs to exactly one of three.
create table knots.attachment (
  organization_id uuid not null,
  id              integer not null,
  team_id         uuid,
  person_id       uuid,
  self_id         integer,
  primary key (organization_id, id),
  foreign key (organization_id, team_id) references knots.team (organization_id, id),
  foreign key (organization_id, person_id) references knots.person (organization_id, id),
  foreign key (organization_id, self_id) references knots.self (organization_id, id),
  check (num_nonnulls(team_id, person_id, self_id) = 1)
);

create function knots.judge() returns trigger language plpgsql as $$
begin
  if new.state not in ('drafted', 'sent') then
    raise exception 'an order cannot begin as %', new.state;
  end if;
  if new.amount < 250 or new.amount > 275 then
    raise exception 'the amount % is out of bounds', new.amount;
  end if;
  if new.reference !~ '^canary' then
    raise exception 'the reference % is of no known form', new.reference;
  end if;
  return new;
end $$;
create table knots.orders (
  organization_id uuid not null,
  id              integer not null,
  state           text not null,
  amount          integer not null,
  reference       text not null,
  primary key (organization_id, id)
);
create trigger judge before insert or update on knots.orders for each row execute function knots.judge();

create table knots.booking (
  organization_id uuid not null,
  id              integer not null,
  during          tstzrange not null check (not isempty(during)),
  seats           int4range not null check (lower(seats) >= 1 and upper(seats) <= 10 and not isempty(seats)),
  closed          datemultirange not null,
  primary key (organization_id, id),
  check (upper(during) - lower(during) <= interval '8 hours')
);
