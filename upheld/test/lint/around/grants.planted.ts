import type { Planted } from './planted.ts'

const call = (rule: string, routine: string): Planted => ({
  rule,
  says: `${routine} may be called by everybody`,
  on: 'foreign',
  plant: [`grant execute on function pg_catalog.${routine} to public`],
  twin: [`grant execute on function pg_catalog.${routine} to {other}`],
})
const givenBack = (rule: string, routine: string): Planted => ({
  ...call(rule, routine),
  on: 'upheld',
  says: `${routine} was given back to the application`,
  plant: [`grant execute on function pg_catalog.${routine} to upheld_app`],
})

export const grantsPlanted: readonly Planted[] = [
  {
    rule: 'grant.beyond-rows',
    says: 'the application may empty a table',
    on: 'foreign',
    plant: ['grant truncate, trigger on shop.invoice to {app}'],
    twin: [
      'grant truncate, trigger on shop.invoice to {other}',
      'create table shop.color (name text primary key)',
      'grant truncate on shop.color to {app}',
    ],
  },
  {
    rule: 'grant.beyond-rows',
    says: 'PUBLIC may ask whether a row exists, by one column, granted by another role',
    on: 'foreign',
    plant: [
      'grant references on shop.customer to {other} with grant option',
      'grant usage on schema shop to {other}',
      'set role {other}',
      'grant references (id) on shop.customer to public',
      'reset role',
    ],
    twin: ['grant references on shop.customer to {other} with grant option'],
  },
  {
    rule: 'grant.public',
    says: 'everybody may read a table',
    on: 'foreign',
    plant: ['grant select on shop.invoice to public'],
    twin: ['create table shop.color (name text primary key)', 'grant select on shop.color to public'],
  },
  {
    rule: 'grant.option',
    says: 'the application may hand its rights on',
    on: 'foreign',
    plant: [
      'grant select on shop.invoice to {app} with grant option',
      'set role {app}',
      'grant select on shop.invoice to {other}',
      'reset role',
    ],
    twin: ['grant select on shop.invoice to {other} with grant option'],
  },
  {
    rule: 'grant.sequence',
    says: 'the application may set a sequence',
    on: 'foreign',
    plant: ['create sequence shop.number', 'grant usage, select, update on sequence shop.number to {app}'],
    twin: ['create sequence shop.number', 'grant usage on sequence shop.number to {app}'],
  },
  {
    rule: 'grant.view-written',
    says: 'the application writes through a view',
    on: 'foreign',
    plant: [
      'create view shop.big with (security_invoker = true) as select * from shop.invoice where amount > 100',
      'alter view shop.big owner to {owner}',
      'grant select, insert, update on shop.big to {app}',
    ],
    twin: [
      'create view shop.big with (security_invoker = true) as select * from shop.invoice where amount > 100',
      'alter view shop.big owner to {owner}',
      'grant select on shop.big to {app}',
      'create view shop.both with (security_invoker = true) as select i.amount, c.name from shop.invoice i join shop.customer c using (account_id)',
      'grant select, insert on shop.both to {app}',
    ],
  },
  {
    rule: 'grant.temporary',
    says: 'everybody may make temporary tables',
    on: 'foreign',
    plant: ['grant temporary on database {db} to public'],
    twin: ['grant temporary on database {db} to {other}'],
  },
  {
    rule: 'grant.create',
    says: 'everybody may make objects in public',
    on: 'foreign',
    plant: ['grant create, usage on schema public to public', 'grant create on database {db} to {app}'],
    twin: ['grant usage on schema public to public', 'grant create on schema public to {other}'],
  },
  {
    rule: 'grant.default',
    says: 'new tables are open to everybody',
    on: 'foreign',
    plant: [
      'alter default privileges for role {owner} in schema shop grant select on tables to public',
      'alter default privileges for role {owner} grant all on sequences to {app}',
    ],
    twin: [
      'alter default privileges for role {owner} in schema shop grant select on tables to {other}',
      'alter default privileges for role {owner} in schema shop grant usage on sequences to {app}',
      'alter default privileges for role {owner} revoke execute on functions from public',
    ],
  },
  call('call.session-state', 'set_config(text, text, boolean)'),
  call('call.fresh-statement', 'query_to_xml(text, boolean, boolean, text)'),
  call('call.other-sessions', 'pg_stat_get_activity(integer)'),
  call('call.channel', 'pg_notify(text, text)'),
  call('call.large-objects', 'lo_get(oid)'),
  call('call.stopping', 'pg_sleep(double precision)'),
  call('call.files', 'pg_read_file(text)'),
  call('call.server', 'pg_reload_conf()'),
  givenBack('call.session-state', 'set_config(text, text, boolean)'),
  givenBack('call.fresh-statement', 'database_to_xml(boolean, boolean, text)'),
  givenBack('call.other-sessions', 'pg_stat_get_backend_activity(integer)'),
  givenBack('call.left-behind', 'pg_cursor()'),
  givenBack('call.counts', 'pg_stat_get_live_tuples(oid)'),
  givenBack('call.stopping', 'pg_advisory_lock(bigint)'),
]
