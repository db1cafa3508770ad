import type { Fixture } from '../fixture.ts'
import { table } from './keys.ts'

export const belongingFixtures: readonly Fixture[] = [
  {
    rule: 'table.no-tenant-column',
    build: table('memo', ''),
    plant: `drop policy tenant on shop.memo;
      alter table shop.memo drop column organization_id cascade, add column invoice_org uuid not null, add column invoice_id bigint not null,
        add primary key (id), add foreign key (invoice_org, invoice_id) references shop.invoice (organization_id, id);
      create policy by_parent on shop.memo using
        (exists (select from shop.invoice i where i.organization_id = memo.invoice_org and i.id = memo.invoice_id))`,
    at: 'shop.memo',
  },
  {
    rule: 'table.doubtful',
    build:
      'create table shop.device (id bigint primary key, customer_org uuid, customer_id bigint); grant select on shop.device to {app}',
    plant:
      'alter table shop.device add foreign key (customer_org, customer_id) references shop.customer (organization_id, id)',
    at: 'shop.device',
    as: 'unproven',
  },
  {
    rule: 'table.doubtful',
    name: 'a reference to rows of any table',
    build:
      'create table shop.attachment (id bigint primary key, bytes bytea); grant select on shop.attachment to {app}',
    plant: 'alter table shop.attachment add column record_type text, add column record_id bigint',
    at: 'shop.attachment',
    as: 'unproven',
  },
  {
    rule: 'table.doubtful',
    name: 'written for one and read by all',
    build: 'create table shop.draft (id bigint primary key, text text); grant select on shop.draft to {app}',
    plant: 'grant insert on shop.draft to {app}',
    at: 'shop.draft',
    as: 'unproven',
  },
  {
    rule: 'table.copied-out',
    name: 'by a statement that is put together as it runs',
    build: `create function shop.keep() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
        begin -- execute nothing
        return new; end $$; alter function shop.keep() owner to {owner}; revoke all on function shop.keep() from public;
      create trigger keep after insert on shop.invoice for each row execute function shop.keep()`,
    plant: `create or replace function shop.keep() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
        begin execute format('insert into %I.%I values ($1)', 'shop', 'coun' || 'try') using new.note; return new; end $$`,
    at: '"keep" on shop.invoice',
    as: 'unproven',
  },
  {
    rule: 'table.directory-open',
    build: `create table shop.organization (id uuid primary key, name text);
      alter table shop.organization enable row level security, force row level security;
      create policy own on shop.organization using (id = (select shop.tenant()));
      grant select on shop.organization to {app};
      alter table shop.customer add foreign key (organization_id) references shop.organization (id)`,
    plant: 'alter table shop.organization disable row level security; drop policy own on shop.organization',
    at: 'shop.organization',
  },
  {
    rule: 'table.rewritten',
    plant: 'create rule "also" as on insert to shop.invoice do also notify invoice',
    at: '"also" on shop.invoice',
  },
  {
    rule: 'table.tenant-column-filled-in',
    plant: `alter table shop.invoice alter organization_id set default nullif(current_setting('shop.organization', true), '')::uuid`,
    at: 'shop.invoice',
  },
  {
    rule: 'table.copied-out',
    build: `create table shop.history (at timestamptz not null default now(), entry jsonb not null);
      create function shop.remember() returns trigger language plpgsql set search_path = pg_catalog, pg_temp
        as $$ begin insert into shop.history (entry) values (to_jsonb(new)); return null; end $$;
      alter table shop.history owner to {owner}; alter function shop.remember() owner to {owner};
      revoke all on function shop.remember() from public;
      create trigger remember after insert on shop.invoice for each row execute function shop.remember();
      grant insert on shop.history to {app}`,
    plant: 'grant select on shop.history to {app}',
    at: 'shop.history',
  },
  {
    rule: 'application.unknown',
    // Without a login there is no application, and then every table is judged as if it were reached.
    build: 'grant select on shop.invoice to {app}',
    plant: 'revoke all on all tables in schema shop from {app}; revoke usage on schema shop from {app}',
    at: '{database}',
    as: 'unproven',
  },
]
