import { bySql, madeTable, sabotage, withWeakLogin } from '../../breaking.ts'
import type { Sabotage } from '../../../claims/index.ts'

const given = (functions: string): string => `
  do $$ declare routine regprocedure; begin
    for routine in select oid from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname ~ '${functions}' and prokind = 'f' loop
      execute format('grant execute on function %s to public', routine);
    end loop;
  end $$`

const noNewTable = 'it shows on the next table that somebody makes'
const makesNothing = 'alone it opens no row: it takes a second fault'

/** Rights that the application must not have: on tables, on functions of the server, to make things. */
export const rights = bySql(import.meta.url, [
  {
    name: 'truncate-granted',
    says: 'the application was granted TRUNCATE',
    sql: ({ schema }) => `grant truncate on all tables in schema ${schema} to upheld_app`,
  },
  {
    name: 'references-granted',
    says: 'the application may point foreign keys at a table',
    sql: ({ table }) => `grant references on ${table} to upheld_app`,
    beyond: { prober: makesNothing },
  },
  {
    name: 'trigger-granted',
    says: 'the application may put triggers on a table',
    sql: ({ table }) => `grant trigger on ${table} to upheld_app`,
    beyond: { prober: makesNothing },
  },
  {
    name: 'granted-to-everybody',
    says: 'one table was granted to everybody who can log in',
    sql: ({ table }) => `grant select on ${table} to public`,
    beyond: { prober: makesNothing },
  },
  {
    name: 'granted-with-option',
    says: 'the application may pass on its right to one table',
    sql: ({ table }) => `grant select on ${table} to upheld_app with grant option`,
    beyond: { prober: makesNothing },
  },
  {
    name: 'default-rights',
    says: 'every table to come is granted to everybody',
    sql: ({ schema }) =>
      `alter default privileges for role upheld_owner in schema ${schema} grant all on tables to public`,
    beyond: { prober: noNewTable },
  },
  {
    name: 'default-rights-anywhere',
    says: 'whatever is made anywhere is granted to the application in full',
    sql: () => 'alter default privileges for role upheld_owner grant all on tables to upheld_app',
    beyond: { prober: noNewTable },
  },
  {
    name: 'sequence-readable',
    says: 'the application may read how far a sequence has come',
    sql: target =>
      `create sequence ${target.schema}.numbers; grant usage, select on sequence ${target.schema}.numbers to upheld_app`,
  },
  {
    name: 'sequence-settable',
    says: 'the application may set a sequence back',
    sql: target =>
      `create sequence ${target.schema}.numbers; grant usage, update on sequence ${target.schema}.numbers to upheld_app`,
    beyond: { prober: makesNothing },
  },
  {
    name: 'large-object-column',
    says: 'a table was made that points at large objects, which have no organization',
    sql: target => madeTable(target, 'attachment', 'id integer not null, body oid, primary key (organization_id, id)'),
    beyond: { prober: makesNothing },
  },
  {
    name: 'makes-in-schema',
    says: 'the application may make tables and functions beside its tables',
    sql: ({ schema }) => `grant create on schema ${schema} to upheld_app`,
    beyond: { prober: makesNothing },
  },
  {
    name: 'temporary-granted',
    says: 'the application may make temporary tables, which the next request would meet',
    sql: () => "do $$ begin execute format('grant temporary on database %I to upheld_app', current_database()); end $$",
  },
  {
    name: 'settings-given-back',
    says: 'the application got back the function that changes its session',
    sql: () => given('^set_config$'),
  },
  {
    name: 'nested-statements-given-back',
    says: 'the functions that plan a statement inside another were given back',
    sql: () => given('_to_xml'),
  },
  { name: 'sessions-seen', says: 'the application may see what other sessions run', sql: () => given('^pg_stat_get_') },
  { name: 'notify-given-back', says: 'the application may call other sessions', sql: () => given('^pg_notify$') },
  {
    name: 'large-objects-given-back',
    says: 'the application may keep large objects',
    sql: () => given('^(lo_.*|loread|lowrite)$'),
  },
  {
    name: 'locks-given-back',
    says: 'the application may hold locks that others wait for',
    sql: () => given('^pg_(try_)?advisory_'),
  },
  { name: 'waiting-given-back', says: 'the application may hold a connection and wait', sql: () => given('^pg_sleep') },
  {
    name: 'ending-given-back',
    says: 'the application may end the statements and sessions of others',
    sql: () => given('^pg_(terminate|cancel)_backend$'),
  },
  {
    name: 'sizes-seen',
    says: 'the application may ask how large every table is',
    sql: () => given('^pg_(total_relation|relation|table|indexes|database)_size$'),
  },
  {
    name: 'earlier-statements-seen',
    says: 'the application may see what was prepared on its connection',
    sql: () => given('^pg_(prepared_statement|cursor)$'),
  },
  {
    name: 'last-number-seen',
    says: 'the application may ask for the last number of a sequence',
    sql: () => given('^(lastval|currval|setval|pg_sequence_last_value)$'),
  },
  {
    name: 'password-hashes-readable',
    says: 'the application may read the hashes of all passwords',
    sql: () => 'grant select on pg_catalog.pg_authid to upheld_app',
  },
  {
    name: 'server-files-readable',
    says: 'the application may read files of the server',
    sql: () => given('^(pg_read_file|pg_read_binary_file|pg_ls_dir|pg_stat_file)$'),
  },
])

const weak = (name: string, says: string, sql: (role: string) => string): Sabotage =>
  sabotage(import.meta.url, { name, says, apply: twin => withWeakLogin(twin, sql) })

/** What the login itself is. Always a role of the twin's own. */
export const logins: readonly Sabotage[] = [
  weak(
    'login-bypasses',
    'the application logs in with a role that row security does not bind',
    role => `alter role ${role} bypassrls`,
  ),
  weak(
    'login-makes-roles',
    'the application logs in with a role that can make roles',
    role => `alter role ${role} createrole`,
  ),
  weak(
    'login-is-owner',
    'the application logs in with a member of the owner of the tables',
    role => `grant upheld_owner to ${role}`,
  ),
  weak(
    'login-inherits-owner',
    'the application logs in with a role that has all rights of the owner',
    role => `alter role ${role} inherit; grant upheld_owner to ${role}`,
  ),
  weak(
    'login-is-guard',
    'the application logs in with a member of the role that keeps the keys',
    role => `grant upheld_guard to ${role}`,
  ),
  weak(
    'login-reads-all',
    'the application logs in with a role that may read everything',
    role => `alter role ${role} inherit; grant pg_read_all_data to ${role}`,
  ),
  weak(
    'login-sees-sessions',
    'the application logs in with a role that may watch the server',
    role => `alter role ${role} inherit; grant pg_monitor to ${role}`,
  ),
  weak(
    'login-owns-table',
    'the application logs in with the owner of one table',
    role => `
    do $$ declare t regclass; begin
      select p.polrelid into t from pg_policy p join pg_class c on c.oid = p.polrelid where p.polname = 'upheld_tenant' and c.relkind = 'r' and not c.relispartition
        and not exists (select from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal) order by c.relname limit 1;
      execute format('alter table %s no force row level security', t);
      execute format('alter table %s owner to ${role}', t);
    end $$`,
  ),
]
