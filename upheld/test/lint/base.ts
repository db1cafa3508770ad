/**
 * A small shop as it should be: owners that cannot log in, a signed context, keys led by the organization. Roles and the
 * rights of PUBLIC are still those of a new server: the linter's own statements mend them, before fixtures begin.
 */
export const baseRoles = `
create role {owner} nologin;
create role {guard} nologin;
create role {app} login noinherit;
`

export const base = `
create schema keys authorization {guard};
create schema shop authorization {owner};
grant usage on schema shop to {app}, {guard};

create table keys.signing (material bytea not null);
alter table keys.signing owner to {guard};

create function shop.tenant() returns uuid language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  token text := current_setting('shop.context', true);
  known bytea;
begin
  select material into known from keys.signing;
  if known is null or sha256(known || convert_to(left(token, 36), 'UTF8')) is distinct from decode(substr(token, 37), 'hex') then
    raise exception 'no context';
  end if;
  return left(token, 36)::uuid;
end
$$;
alter function shop.tenant() owner to {guard};
revoke all on function shop.tenant() from public;
grant execute on function shop.tenant() to {app}, {owner};

set role {owner};
create table shop.country (code text primary key, name text not null);
create table shop.customer (
  organization_id uuid not null,
  id              bigint not null,
  name            text not null,
  country_code    text not null references shop.country,
  primary key (organization_id, id)
);
create table shop.invoice (
  organization_id uuid not null,
  id              bigint not null,
  customer_id     bigint not null,
  number          text not null,
  note            text not null default '',
  primary key (organization_id, id),
  unique (organization_id, number),
  foreign key (organization_id, customer_id) references shop.customer (organization_id, id) on delete cascade
);
create table shop.reading (
  organization_id uuid not null,
  taken_on        date not null,
  id              bigint not null,
  primary key (organization_id, taken_on, id)
) partition by range (taken_on);
create table shop.reading_2026 partition of shop.reading for values from ('2026-01-01') to ('2027-01-01');

create policy tenant on shop.customer using (organization_id = (select shop.tenant()));
create policy tenant on shop.invoice using (organization_id = (select shop.tenant()));
create policy tenant on shop.reading using (organization_id = (select shop.tenant()));
alter table shop.customer enable row level security, force row level security;
alter table shop.invoice enable row level security, force row level security;
alter table shop.reading enable row level security, force row level security;
alter table shop.reading_2026 enable row level security, force row level security;
grant select on shop.country to {app};
grant select, insert, update, delete on shop.customer, shop.invoice, shop.reading to {app};
create view shop.invoice_count with (security_invoker = true) as
  select organization_id, count(*) as invoices from shop.invoice group by organization_id;
grant select on shop.invoice_count to {app};
reset role;
`
