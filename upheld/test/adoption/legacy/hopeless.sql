-- Everything that an adoption cannot do, in one schema.
create schema hopeless authorization @login@;
create schema outside authorization @login@;
set role @login@;
create table hopeless.account (id bigint primary key);
create table hopeless.island (id integer primary key);
create table hopeless.floating (tenant double precision not null, id integer primary key);
create table hopeless.taken (tenant bigint not null, organization_id text, id integer primary key);
create table hopeless.parent (tenant bigint not null, id integer primary key, at tsrange);
alter table hopeless.parent add constraint no_overlap exclude using gist (at with &&);
create table hopeless.heir () inherits (hopeless.parent);
create rule quiet as on delete to hopeless.account do instead nothing;
create table hopeless.child (tenant bigint not null, id integer primary key, parent_id bigint not null);
alter table hopeless.child add constraint wide foreign key (parent_id) references hopeless.parent (id);
create table hopeless.late (tenant bigint not null, id integer primary key, account_id bigint);
alter table hopeless.late add constraint unchecked foreign key (account_id) references hopeless.account (id) not valid;
create table hopeless.place (a integer, b integer, tenant bigint not null, primary key (a, b));
create table hopeless.full_match (tenant bigint not null, id integer primary key, a integer, b integer,
  constraint whole foreign key (a, b) references hopeless.place (a, b) match full);
create table hopeless.lookup (id integer primary key, account_id bigint, constraint to_tenant foreign key (account_id) references hopeless.account (id));
create table outside.spy (id integer primary key, account_id bigint, constraint looks_in foreign key (account_id) references hopeless.account (id));
create materialized view hopeless.sums as select count(*) from hopeless.account;
create view hopeless.grouped as select p.a, p.b, p.tenant from hopeless.place p group by p.a, p.b;
create function hopeless.peek() returns bigint language sql security definer as 'select count(*) from hopeless.account';
reset role;
create function hopeless.sneak(bigint) returns boolean language plpgsql leakproof as 'begin return true; end';
