import { randomBytes } from 'node:crypto'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Database } from '../../src/core/ports.ts'
import { testDatabase, testServer } from '../../src/testing/index.ts'

/** A database that never heard of Upheld, with an application's role of its own. */
export interface Foreign {
  readonly url: string
  readonly admin: Database
  /** The application's role; it may log in. */
  readonly app: string
  readonly appUrl: string
  close(): Promise<void>
}

/** Makes the database and runs `sql`, in which `app_role` stands for the role. */
export async function openForeign(sql: string): Promise<Foreign> {
  const server = await testServer()
  const scratch = await testDatabase(server)
  const app = `probed_${randomBytes(5).toString('hex')}`
  const admin = openDatabase(scratch.adminUrl, { connectionsMax: 1 })
  await admin.query(`create role ${app} login password 'probed'`)
  await admin.query(sql.replaceAll('app_role', app))
  return Object.freeze({
    url: scratch.adminUrl,
    admin,
    app,
    appUrl: scratch.urlFor(app, 'probed'),
    async close() {
      await admin.query(`drop owned by ${app}`)
      await admin.close()
      await scratch.drop()
      const cluster = openDatabase(server.adminUrl, { connectionsMax: 1 })
      await cluster.query(`drop role ${app}`)
      await cluster.close()
    },
  })
}

const guarded = (tables: readonly string[], condition: string): string =>
  tables
    .map(
      table => `alter table ${table} enable row level security, force row level security;
        create policy tenant on ${table} using (${condition}) with check (${condition});
        grant select, insert, update, delete on ${table} to app_role;`,
    )
    .join('\n')

/** Tenants by UUID in an unsigned setting, as most recipes have it. Sound as far as that goes. */
export const shop = `
  create schema shop; grant usage on schema shop to app_role;
  create table shop.tenant (id uuid primary key, name text not null, plan text not null check (plan in ('free', 'paid')));
  create table shop.customer (
    tenant_id uuid not null references shop.tenant, id bigint generated always as identity, email text not null, born date,
    primary key (tenant_id, id), unique (tenant_id, email));
  create table shop.invoice (
    tenant_id uuid not null references shop.tenant, id uuid not null default gen_random_uuid(), customer_id bigint not null,
    total numeric(10, 2) not null check (total > 0), primary key (tenant_id, id),
    foreign key (tenant_id, customer_id) references shop.customer (tenant_id, id) on delete cascade);
  create table shop.reading (tenant_id uuid not null references shop.tenant, at date not null, value integer, primary key (tenant_id, at))
    partition by range (at);
  create table shop.reading_2026 partition of shop.reading for values from ('2026-01-01') to ('2027-01-01');
  create table shop.currency (code char(3) primary key, name text); insert into shop.currency values ('EUR', 'Euro');
  grant select on shop.currency to app_role;
  create table shop.audit (at timestamptz not null default now(), line text not null);
  create function shop.record() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$ begin insert into shop.audit (line) values (to_jsonb(new)::text); return new; end $$;
  create trigger record after insert or update on shop.customer for each row execute function shop.record();
  create view shop.totals with (security_invoker = true) as select tenant_id, sum(total) as total from shop.invoice group by tenant_id;
  grant select on shop.totals to app_role;
  insert into shop.tenant values ('00000000-0000-4000-8000-00000000000a', 'There before', 'paid');
  insert into shop.customer (tenant_id, email) values ('00000000-0000-4000-8000-00000000000a', 'there@before.example');
  ${guarded(['shop.customer', 'shop.invoice', 'shop.reading', 'shop.reading_2026'], `tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid`)}
  ${guarded(['shop.tenant'], `id = nullif(current_setting('app.tenant_id', true), '')::uuid`)}`

/** A key of two columns, one of them a word, the other a number, in two settings. */
export const regional = `
  create schema regional; grant usage on schema regional to app_role;
  create table regional.account (region text not null check (region in ('eu', 'us')), account_id bigint not null, name text, primary key (region, account_id));
  create table regional.device (
    region text not null, account_id bigint not null, serial text not null, primary key (region, account_id, serial),
    foreign key (region, account_id) references regional.account (region, account_id));
  create table regional.signal (
    region text not null, account_id bigint not null, serial text not null, n integer not null, level real, primary key (region, account_id, serial, n),
    foreign key (region, account_id, serial) references regional.device (region, account_id, serial));
  ${guarded(
    ['regional.account', 'regional.device', 'regional.signal'],
    `region = current_setting('app.region', true) and account_id = nullif(current_setting('app.account', true), '')::bigint`,
  )}`

/** The organization stands in the claims of a token, as JSON in one setting, read by a function. */
export const api = `
  create schema auth; create schema api; grant usage on schema auth, api to app_role;
  create function auth.org() returns text language sql stable
    as $$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb -> 'app_metadata' ->> 'org' $$;
  create table api.workspace (id text primary key, title text not null);
  create table api.note (workspace_id text not null references api.workspace, id bigserial, body text not null, primary key (workspace_id, id));
  create table api.comment (workspace_id text not null, id uuid not null default gen_random_uuid(), note_id bigint not null, body text not null,
    primary key (workspace_id, id), foreign key (workspace_id, note_id) references api.note (workspace_id, id));
  grant usage on sequence api.note_id_seq to app_role;
  ${guarded(['api.note', 'api.comment'], 'workspace_id = (select auth.org())')}
  ${guarded(['api.workspace'], 'id = (select auth.org())')}`

/** One's own rows stand in the way of one's own: one to one, no two at a time; a rule, and rows that nobody may change. */
export const booked = `
  create schema booked; grant usage on schema booked to app_role;
  create table booked.account (account_id bigint primary key, name text);
  create table booked.room (account_id bigint not null references booked.account, id bigint not null, name text, primary key (account_id, id));
  create table booked.stay (account_id bigint not null, id bigint not null, room_id bigint not null, during tsrange not null, primary key (account_id, id),
    unique (account_id, room_id), foreign key (account_id, room_id) references booked.room (account_id, id),
    exclude using gist (int8range(account_id, account_id, '[]') with &&, during with &&));
  create table booked.wish (account_id bigint not null, id bigint not null, text text, primary key (account_id, id));
  create rule heard as on insert to booked.wish do also notify wish;
  create table booked.bill (account_id bigint not null, id bigint not null, room_id bigint not null, primary key (account_id, id),
    foreign key (account_id, room_id) references booked.room (account_id, id));
  ${guarded(['booked.account', 'booked.room', 'booked.stay', 'booked.wish', 'booked.bill'], `account_id = nullif(current_setting('app.account', true), '')::bigint`)}
  create policy kept on booked.bill as restrictive for update using (false);`
