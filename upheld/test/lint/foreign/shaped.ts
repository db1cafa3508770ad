import type { ForeignSchema } from './schema.ts'

/** Two columns together say whose a row is. */
export const composite: ForeignSchema = {
  name: 'region and account together',
  tenantColumn: 'region,account_id',
  type: 'text,integer',
  build: `
    create schema bank authorization {owner}; grant usage on schema bank to {app};
    set role {owner};
    create table bank.customer (region text not null, account_id integer not null, id integer not null, name text,
      primary key (region, account_id, id));
    create table bank.payment (region text not null, account_id integer not null, id integer not null, customer_id integer not null,
      primary key (region, account_id, id),
      foreign key (region, account_id, customer_id) references bank.customer (region, account_id, id));
    create table bank.limits (region text not null, account_id integer not null, kind text not null, primary key (region, account_id, kind));
    create policy own on bank.customer using (region = (select current_setting('bank.region', true))
      and account_id = (select current_setting('bank.account', true)::integer));
    create policy own on bank.payment using (region = (select current_setting('bank.region', true))
      and account_id = (select current_setting('bank.account', true)::integer));
    create policy own on bank.limits using (region = (select current_setting('bank.region', true))
      and account_id = (select current_setting('bank.account', true)::integer));
    alter table bank.customer enable row level security, force row level security;
    alter table bank.payment enable row level security, force row level security;
    alter table bank.limits enable row level security, force row level security;
    grant select, insert, update, delete on bank.customer, bank.payment, bank.limits to {app};
    reset role`,
  already: ['context.forgeable at bank.region', 'context.forgeable at bank.account'],
  holes: `
    alter policy own on bank.limits using (account_id = (select current_setting('bank.account', true)::integer));
    alter table bank.customer add constraint once_in_account unique (account_id, name);
    alter table bank.payment drop constraint payment_region_account_id_customer_id_fkey;
    create unique index on bank.customer (account_id, id);
    alter table bank.payment add constraint of_customer foreign key (account_id, customer_id) references bank.customer (account_id, id)`,
  found: [
    'policy.tenant-not-compared at "own" on bank.limits',
    'key.unique-global at "once_in_account" on bank.customer',
    'key.unique-global at "customer_account_id_id_idx" on bank.customer',
    'key.foreign-simple at "of_customer" on bank.payment',
    'key.not-distributable at bank.customer',
    'key.not-distributable at bank.payment',
  ],
}

export const partitioned: ForeignSchema = {
  name: 'partitions in two levels, and a table that inherits',
  tenantColumn: 'org_id',
  type: 'uuid',
  build: `
    create schema log authorization {owner}; grant usage on schema log to {app};
    set role {owner};
    create table log.event (org_id uuid not null, at date not null, id bigint not null, body text, primary key (org_id, at, id))
      partition by range (at);
    create table log.event_2026 partition of log.event for values from ('2026-01-01') to ('2027-01-01') partition by hash (org_id);
    create table log.event_2026_0 partition of log.event_2026 for values with (modulus 2, remainder 0);
    create table log.event_2026_1 partition of log.event_2026 for values with (modulus 2, remainder 1);
    create table log.alert (org_id uuid not null, id bigint not null, primary key (org_id, id));
    create table log.old_alert (primary key (org_id, id)) inherits (log.alert);
    create policy own on log.event using (org_id = (select current_setting('log.org', true)::uuid));
    create policy own on log.alert using (org_id = (select current_setting('log.org', true)::uuid));
    alter table log.event enable row level security, force row level security;
    alter table log.alert enable row level security, force row level security;
    grant select, insert on log.event, log.alert to {app};
    reset role`,
  already: ['context.forgeable at log.org'],
  holes: `
    grant select on log.event_2026_0 to {app};
    grant select on log.event_2026 to public;
    grant select (id) on log.old_alert to {app}`,
  found: [
    'table.partition-open at log.event_2026_0',
    'table.partition-open at log.event_2026',
    'table.partition-open at log.old_alert',
    'grant.public at log.event_2026',
  ],
}

export const twoSchemas: ForeignSchema = {
  name: 'two schemas, views between them, lookup tables beside',
  tenantColumn: 'company_id',
  type: 'uuid',
  build: `
    create role {reader} login noinherit; alter role {reader} set statement_timeout = '5s'; alter role {reader} set idle_in_transaction_session_timeout = '5s';
    create schema data authorization {owner}; create schema api authorization {owner};
    grant usage on schema data to {app}; grant usage on schema api to {app}, {reader};
    set role {owner};
    create table data.color (id integer primary key, name text not null);
    create table data.unit (id integer primary key, color_id integer references data.color);
    create table data.machine (company_id uuid not null, id integer not null, color_id integer not null references data.color, primary key (company_id, id));
    create table data.run (company_id uuid not null, machine_id integer not null, n integer not null, primary key (company_id, machine_id, n),
      foreign key (company_id, machine_id) references data.machine (company_id, id));
    create policy own on data.machine using (company_id = (select current_setting('api.company', true)::uuid));
    create policy own on data.run using (company_id = (select current_setting('api.company', true)::uuid));
    alter table data.machine enable row level security, force row level security;
    alter table data.run enable row level security, force row level security;
    grant select, insert, update, delete on data.machine, data.run to {app}; grant select on data.color, data.unit to {app};
    create view api.run as select m.id, r.n from data.run r join data.machine m using (company_id)
      where r.company_id = (select current_setting('api.company', true)::uuid);
    create view api.color with (security_barrier) as select * from data.color;
    grant select on api.run, api.color to {app}, {reader};
    reset role`,
  already: ['context.forgeable at api.company'],
  holes: `
    alter table data.machine no force row level security;
    create view api.everything as select 'run' as what, r.n from data.run r union all select 'machine', m.id from data.machine m;
    alter view api.everything owner to {owner}; grant select on api.everything to {reader};
    create schema copy; grant usage on schema copy to {app}; create table copy.run as select * from data.run; grant select on copy.run to {app}`,
  found: [
    'table.row-security-not-forced at data.machine',
    'view.reads-as-owner at api.everything',
    'view.reads-as-owner at api.run',
    'table.row-security-off at copy.run',
    'table.tenant-column-nullable at copy.run',
    'key.tenant-index-missing at copy.run',
    'key.not-distributable at copy.run',
  ],
}
