-- The smallest schema with everything in it: a directory, a table that may have no tenant, a child without one.
create schema mid authorization @login@;
set role @login@;
create table mid.account (id bigint primary key);
create table mid.box (id integer primary key, tenant bigint references mid.account);
create table mid.thing (id integer primary key, box_id integer not null references mid.box, name text);
insert into mid.account select generate_series(1, 3);
insert into mid.box select n, 1 + n % 3 from generate_series(1, 30) n;
insert into mid.thing select n, 1 + n % 30, 'thing' from generate_series(1, 300) n;
reset role;
