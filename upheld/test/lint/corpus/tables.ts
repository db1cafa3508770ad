import type { Fixture } from '../fixture.ts'

export const tableFixtures: readonly Fixture[] = [
  {
    rule: 'table.row-security-off',
    plant: 'alter table shop.invoice disable row level security',
    at: 'shop.invoice',
  },
  {
    rule: 'table.row-security-off',
    name: 'a new table that nobody protected',
    plant: `create table shop.letter (organization_id uuid not null, id bigint not null, primary key (organization_id, id));
      alter table shop.letter owner to {owner}; grant select on shop.letter to {app}`,
    at: 'shop.letter',
  },
  {
    rule: 'table.row-security-off',
    name: 'a partitioned table',
    plant: 'alter table shop.reading disable row level security',
    at: 'shop.reading',
  },
  {
    rule: 'table.row-security-off',
    name: 'a table that belongs to an organization through another',
    plant: `create table shop.line (invoice_organization uuid not null, invoice_id bigint not null, position integer not null,
        primary key (invoice_organization, invoice_id, position),
        foreign key (invoice_organization, invoice_id) references shop.invoice (organization_id, id));
      alter table shop.line owner to {owner}; grant select on shop.line to {app}`,
    at: 'shop.line',
  },
  {
    rule: 'table.row-security-not-forced',
    plant: 'alter table shop.customer no force row level security',
    at: 'shop.customer',
  },
  {
    rule: 'table.row-security-not-forced',
    name: 'the application owns the table',
    plant: 'alter table shop.customer no force row level security; alter table shop.customer owner to {app}',
    at: 'shop.customer',
  },
  {
    rule: 'table.policy-missing',
    plant: 'drop policy tenant on shop.invoice',
    at: 'shop.invoice',
  },
  {
    rule: 'table.partition-open',
    build: 'alter table shop.reading_2026 disable row level security',
    plant: 'grant select on shop.reading_2026 to {app}',
    at: 'shop.reading_2026',
  },
  {
    rule: 'table.partition-open',
    name: 'by one column',
    build: 'alter table shop.reading_2026 disable row level security',
    plant: 'grant select (id) on shop.reading_2026 to {app}',
    at: 'shop.reading_2026',
  },
  {
    rule: 'table.partition-open',
    name: 'an inheriting table in another schema, open to PUBLIC',
    build: 'create schema archive; create table archive.invoice () inherits (shop.invoice)',
    plant: 'grant usage on schema archive to public; grant select on archive.invoice to public',
    at: 'archive.invoice',
  },
  {
    rule: 'table.tenant-column-nullable',
    build: `create table shop.memo (organization_id uuid not null, text text);
      alter table shop.memo owner to {owner}; alter table shop.memo enable row level security, force row level security;
      create index on shop.memo (organization_id);
      create policy tenant on shop.memo using (organization_id = (select shop.tenant()))`,
    plant: 'alter table shop.memo alter organization_id drop not null',
    at: 'shop.memo',
    // A column of a primary key is never empty: the table has none.
    already: ['key.not-distributable'],
  },
]
