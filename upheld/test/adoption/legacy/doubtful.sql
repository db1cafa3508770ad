-- A sound schema with rows that are not: without a tenant, without a parent that tells it, of two tenants at once.
create schema doubt authorization @login@;
set role @login@;
create table doubt.account (tenant bigint primary key);
create table doubt.box (id integer primary key, tenant bigint references doubt.account (tenant));
create table doubt.thing (id integer primary key, box_id integer references doubt.box, lid_id integer references doubt.box);
create table doubt.label (id integer primary key, tenant bigint not null, thing_id integer references doubt.thing);
insert into doubt.account select generate_series(1, 9);
insert into doubt.box select n, 1 + n % 9 from generate_series(1, 2000) n;
insert into doubt.box values (3001, null), (3002, null);
insert into doubt.thing select n, n, n from generate_series(1, 2000) n;
insert into doubt.thing values (3001, null, null), (3002, 1, 2), (3003, null, 3001);
insert into doubt.label select n, 1 + n % 9, n from generate_series(1, 1500) n;
update doubt.label set tenant = 1 + tenant % 9;
reset role;
