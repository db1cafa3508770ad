-- A sound shop without Upheld: the organization in every key, row security forced, one policy, an owner nobody logs in as.
create schema shop authorization {owner};
revoke all on schema public from public;
grant usage on schema shop to {app};
set role {owner};
create function shop.account() returns uuid language sql stable set search_path = pg_catalog, pg_temp
  as $$ select nullif(current_setting('shop.account', true), '')::uuid $$;
revoke all on function shop.account() from public;
grant execute on function shop.account() to {app};
create table shop.account_list (id uuid primary key, name text not null);
create table shop.customer (
  account_id uuid not null references shop.account_list,
  id uuid not null,
  name text not null,
  primary key (account_id, id)
);
create table shop.invoice (
  account_id uuid not null references shop.account_list,
  id uuid not null,
  customer_id uuid not null,
  amount bigint not null,
  primary key (account_id, id),
  foreign key (account_id, customer_id) references shop.customer (account_id, id)
);
alter table shop.account_list enable row level security;
alter table shop.account_list force row level security;
create policy own on shop.account_list using (id = (select shop.account())) with check (id = (select shop.account()));
alter table shop.customer enable row level security;
alter table shop.customer force row level security;
create policy own on shop.customer using (account_id = (select shop.account())) with check (account_id = (select shop.account()));
alter table shop.invoice enable row level security;
alter table shop.invoice force row level security;
create policy own on shop.invoice using (account_id = (select shop.account())) with check (account_id = (select shop.account()));
grant select, insert, update, delete on shop.account_list, shop.customer, shop.invoice to {app};
reset role;
alter role {app} set statement_timeout = '30s';
revoke all on database {db} from public;
grant connect on database {db} to {app};
