import { bySql, givenBack, madeTable } from '../../breaking.ts'

const noNewTable = 'it shows on the next table that somebody makes'
const makesNothing = 'alone it opens no row: it takes a second fault'

/** Rights that the application must not have: on tables, and on functions that reach other sessions. */
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
    beyond: { prober: 'the numbers of a shared sequence are not covered' },
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
    sql: target =>
      madeTable(target, 'canary_attachment', 'id integer not null, body oid, primary key (organization_id, id)'),
    beyond: { prober: makesNothing },
  },
  {
    name: 'settings-given-back',
    says: 'the application got back the function that changes its session',
    sql: () => givenBack('^set_config$'),
  },
  {
    name: 'nested-statements-given-back',
    says: 'the functions that plan a statement inside another were given back',
    sql: () => givenBack('_to_xml'),
  },
  {
    name: 'sessions-seen',
    says: 'the application may see what other sessions run',
    sql: () => givenBack('^pg_stat_get_'),
  },
  { name: 'notify-given-back', says: 'the application may call other sessions', sql: () => givenBack('^pg_notify$') },
  {
    name: 'large-objects-given-back',
    says: 'the application may keep large objects',
    sql: () => givenBack('^(lo_.*|loread|lowrite)$'),
  },
])
