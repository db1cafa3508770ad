import type { Planted } from './planted.ts'

export const serverPlanted: readonly Planted[] = [
  {
    rule: 'extension.dangerous',
    says: 'connections from inside a statement',
    on: 'foreign',
    extension: 'dblink',
    plant: ['create extension dblink'],
    twin: ['create extension pg_trgm'],
  },
  {
    rule: 'extension.foreign-server',
    says: 'the application may use another server with a login that is stored here',
    on: 'foreign',
    extension: 'postgres_fdw',
    plant: [
      'create extension postgres_fdw',
      `create server elsewhere foreign data wrapper postgres_fdw options (host 'localhost')`,
      `create user mapping for public server elsewhere options (user 'somebody')`,
      'grant usage on foreign server elsewhere to {app}',
    ],
    twin: [
      'create extension postgres_fdw',
      `create server elsewhere foreign data wrapper postgres_fdw options (host 'localhost')`,
      `create user mapping for {other} server elsewhere options (user 'somebody')`,
    ],
  },
  {
    rule: 'outflow.publication',
    says: 'all tables are published',
    on: 'foreign',
    plant: ['create publication everything for all tables'],
    twin: ['create table shop.color (name text primary key)', 'create publication colors for table shop.color'],
  },
  {
    rule: 'outflow.publication',
    says: 'a table of organizations is published without a filter',
    on: 'foreign',
    plant: ['create publication "bills; all" for table shop.invoice'],
    twin: [
      `create publication bills for table shop.invoice where (account_id = '3f2b8a66-0d1e-4c5c-9a55-0f8f5f0c1d22')`,
    ],
  },
  {
    rule: 'outflow.subscription',
    says: 'rows arrive from elsewhere',
    on: 'foreign',
    plant: [
      'create publication nothing',
      `create subscription incoming connection 'host=localhost dbname=nowhere' publication nothing with (connect = false, slot_name = none)`,
    ],
    twin: ['create publication nothing'],
    mends: false,
    after: ['drop subscription if exists incoming'],
  },
  {
    rule: 'data.large-objects',
    says: 'a column that points at large objects',
    on: 'foreign',
    plant: ['alter table shop.invoice add column scan oid'],
    twin: ['alter table shop.invoice add column scan bytea'],
  },
  {
    rule: 'data.large-objects',
    says: 'large objects of the application',
    on: 'foreign',
    plant: ['select pg_catalog.lo_create(4711)', 'alter large object 4711 owner to {app}'],
    twin: ['select pg_catalog.lo_create(4711)', 'alter large object 4711 owner to {other}'],
    mends: false,
  },
  {
    rule: 'server.catalogue-opened',
    says: 'values of rows are read out of the statistics',
    on: 'foreign',
    plant: [
      'grant select on pg_catalog.pg_statistic to {app}',
      'grant select (rolpassword) on pg_catalog.pg_authid to public',
    ],
    twin: ['grant select on pg_catalog.pg_statistic to {other}'],
  },
  {
    rule: 'server.statistics-views',
    says: 'the views of before CVE-2024-4317',
    on: 'foreign',
    plant: [
      'create view shop.stand_in as select 1 as one',
      'set allow_system_table_mods = on',
      'create or replace view pg_catalog.pg_stats_ext_exprs as select * from (select (null::pg_catalog.pg_stats_ext_exprs).*) s',
      'reset allow_system_table_mods',
    ],
    twin: [],
  },
  {
    rule: 'server.statements-shown',
    says: 'the statements of all requests may be read',
    on: 'foreign',
    extension: 'pg_stat_statements',
    plant: ['create extension pg_stat_statements'],
    twin: ['create extension pg_stat_statements', 'revoke all on pg_stat_statements from public'],
  },
]
