import { bySql, givenBack } from '../../breaking.ts'

/** Rights of the application beyond its tables: to make things, and to reach other sessions and the server. */
export const capabilities = bySql(import.meta.url, [
  {
    name: 'makes-in-schema',
    says: 'the application may make tables and functions beside its tables',
    sql: ({ schema }) => `grant create on schema ${schema} to upheld_app`,
    beyond: { prober: 'the guard of DDL refuses whatever is made there' },
  },
  {
    name: 'temporary-granted',
    says: 'the application may make temporary tables, which the next request would meet',
    sql: () => "do $$ begin execute format('grant temporary on database %I to upheld_app', current_database()); end $$",
  },
  {
    name: 'locks-given-back',
    says: 'the application may hold locks that others wait for',
    sql: () => givenBack('^pg_(try_)?advisory_'),
  },
  {
    name: 'waiting-given-back',
    says: 'the application may hold a connection and wait',
    sql: () => givenBack('^pg_sleep'),
  },
  {
    name: 'ending-given-back',
    says: 'the application may end the statements and sessions of others',
    sql: () => givenBack('^pg_(terminate|cancel)_backend$'),
  },
  {
    name: 'sizes-seen',
    says: 'the application may ask how large every table is',
    sql: () => givenBack('^pg_(total_relation|relation|table|indexes|database)_size$'),
  },
  {
    name: 'earlier-statements-seen',
    says: 'the application may see what was prepared on its connection',
    sql: () => givenBack('^pg_(prepared_statement|cursor)$'),
  },
  {
    name: 'last-number-seen',
    says: 'the application may ask for the last number of a sequence',
    sql: () => givenBack('^(lastval|currval|setval|pg_sequence_last_value)$'),
  },
  {
    name: 'password-hashes-readable',
    says: 'the application may read the hashes of all passwords',
    sql: () => 'grant select on pg_catalog.pg_authid to upheld_app',
  },
  {
    name: 'server-files-readable',
    says: 'the application may read files of the server',
    sql: () => givenBack('^(pg_read_file|pg_read_binary_file|pg_ls_dir|pg_stat_file)$'),
  },
])
