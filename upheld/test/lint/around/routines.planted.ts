import type { Planted } from './planted.ts'

const reads = `language sql stable as $$ select count(*) from shop.invoice $$`
const path = 'set search_path = pg_catalog, pg_temp'

export const routinesPlanted: readonly Planted[] = [
  {
    rule: 'definer.reads-past',
    says: "a superuser's definer counts the rows of all",
    on: 'foreign',
    plant: [
      `create function shop.total() returns bigint security definer ${path} ${reads}`,
      'revoke all on function shop.total() from public',
      'grant execute on function shop.total() to {app}',
    ],
    twin: [
      `create function shop.total() returns bigint security definer ${path} ${reads}`,
      'alter function shop.total() owner to {owner}',
      'revoke all on function shop.total() from public',
      'grant execute on function shop.total() to {app}',
      `create function shop.for_admins() returns bigint security definer ${path} ${reads}`,
      'revoke all on function shop.for_admins() from public',
      'grant execute on function shop.for_admins() to {other}',
    ],
  },
  {
    rule: 'definer.reads-past',
    says: 'a definer puts its statement together at run time',
    on: 'foreign',
    plant: [
      `create function shop.run(t text) returns void language plpgsql security definer ${path} as $$ begin execute 'select ' || t; end $$`,
      'revoke all on function shop.run(text) from public',
      'grant execute on function shop.run(text) to {app}',
    ],
    twin: [
      `create function shop.run(t text) returns void language plpgsql ${path} as $$ begin execute 'select ' || t; end $$`,
      'grant execute on function shop.run(text) to {app}',
    ],
  },
  {
    rule: 'definer.reads-past',
    says: 'a trigger reads the rows of all as a superuser',
    on: 'foreign',
    plant: [
      `create function shop.note() returns trigger language plpgsql security definer ${path} as $$ begin perform count(*) from shop.customer; return new; end $$`,
      'create trigger note after insert on shop.invoice for each row execute function shop.note()',
    ],
    twin: [
      `create function shop.note() returns trigger language plpgsql ${path} as $$ begin perform count(*) from shop.customer; return new; end $$`,
      'create trigger note after insert on shop.invoice for each row execute function shop.note()',
    ],
  },
  {
    rule: 'definer.search-path',
    says: 'a definer without a search path of its own',
    on: 'foreign',
    plant: [
      'create function shop.today() returns date language sql stable security definer as $$ select current_date $$',
      'revoke all on function shop.today() from public',
      'grant execute on function shop.today() to {app}',
    ],
    twin: [
      `create function shop.today() returns date language sql stable security definer set search_path = '' as $$ select current_date $$`,
      'grant execute on function shop.today() to {app}',
      'create function shop.tomorrow() returns date language sql stable as $$ select current_date + 1 $$',
      'grant execute on function shop.tomorrow() to {app}',
    ],
  },
  {
    rule: 'definer.search-path',
    says: 'a definer that searches pg_temp first, where everybody may put a table',
    on: 'foreign',
    plant: [
      'grant temporary on database {db} to public',
      'create function shop.today() returns date language sql stable security definer set search_path = pg_temp, shop as $$ select current_date $$',
      'grant execute on function shop.today() to {app}',
    ],
    twin: [
      'grant temporary on database {db} to public',
      `create function shop.today() returns date language sql stable security definer ${path} as $$ select current_date $$`,
      'grant execute on function shop.today() to {app}',
    ],
  },
  {
    rule: 'definer.search-path',
    says: 'a definer that searches a schema in which the application may make objects',
    on: 'foreign',
    plant: [
      'create schema scratch',
      'grant create, usage on schema scratch to {app}',
      'create function shop.today() returns date language sql stable security definer set search_path = scratch, pg_temp as $$ select current_date $$',
      'grant execute on function shop.today() to {app}',
    ],
    twin: [
      'create schema scratch',
      'grant usage on schema scratch to {app}',
      'create function shop.today() returns date language sql stable security definer set search_path = scratch, pg_temp as $$ select current_date $$',
      'grant execute on function shop.today() to {app}',
    ],
  },
  {
    rule: 'definer.public',
    says: 'a definer that everybody may call',
    on: 'foreign',
    plant: [
      `create function shop.today() returns date language sql stable security definer ${path} as $$ select current_date $$`,
    ],
    twin: [
      `create function shop.today() returns date language sql stable security definer ${path} as $$ select current_date $$`,
      'revoke all on function shop.today() from public',
      'grant execute on function shop.today() to {app}',
      'create schema private',
      `create function private.today() returns date language sql stable security definer ${path} as $$ select current_date $$`,
    ],
  },
  {
    rule: 'routine.leakproof',
    says: 'a function is marked LEAKPROOF',
    on: 'foreign',
    plant: [
      `create function shop.same(a text, b text) returns boolean language plpgsql immutable leakproof as $$ begin return a = b; end $$`,
    ],
    twin: [
      `create function shop.same(a text, b text) returns boolean language plpgsql immutable as $$ begin return a = b; end $$`,
    ],
  },
  {
    rule: 'routine.untrusted-language',
    says: 'the application calls a function in an untrusted language',
    on: 'foreign',
    plant: [
      'create language wild handler plpgsql_call_handler',
      'create function shop.wild() returns integer language wild as $$ begin return 1; end $$',
      'grant execute on function shop.wild() to {app}',
    ],
    twin: [
      'create language wild handler plpgsql_call_handler',
      'create function shop.wild() returns integer language wild as $$ begin return 1; end $$',
      'revoke all on function shop.wild() from public',
    ],
  },
  {
    rule: 'routine.untrusted-language',
    says: 'an untrusted language that nothing uses',
    on: 'foreign',
    plant: ['create language wild handler plpgsql_call_handler'],
    twin: ['create trusted language tame handler plpgsql_call_handler'],
  },
  {
    rule: 'policy.named-roles',
    says: 'a restrictive policy for the application alone',
    on: 'foreign',
    plant: ['create policy floor on shop.invoice as restrictive to {app} using (amount >= 0)'],
    twin: ['create policy floor on shop.invoice as restrictive to public using (amount >= 0)'],
  },
  {
    rule: 'secret.in-function',
    says: 'a key in the text of a function',
    on: 'foreign',
    plant: [
      `create function shop.sign(t text) returns bytea language sql immutable as $$ select sha256(convert_to(t || 'k9Qz7RpW2mXv4LsT8bNc', 'UTF8')) from (select 'k9Qz7RpW2mXv4LsT8bNc' as signing_key) s where signing_key = 'k9Qz7RpW2mXv4LsT8bNc' $$`,
    ],
    twin: [
      `create function shop.sign(t text) returns bytea language sql immutable as $$ select sha256(convert_to(t || 'a rather long sentence about nothing', 'UTF8')) where t <> 'YYYY-MM-DD"T"HH24:MI:SS' $$`,
    ],
    mends: false,
  },
  {
    rule: 'secret.in-setting',
    says: 'a key in a default of the database',
    on: 'foreign',
    plant: [`alter database {db} set shop.jwt_secret = 'k9Qz7RpW2mXv4LsT8bNc'`],
    twin: [`alter database {db} set shop.language = 'portuguese-brazilian'`],
  },
  {
    rule: 'secret.in-table',
    says: 'the application reads a table of keys',
    on: 'foreign',
    plant: [
      'create table shop.signing_keys (id integer primary key, key bytea not null)',
      'grant select on shop.signing_keys to {app}',
    ],
    twin: [
      'create table shop.signing_keys (id integer primary key, key bytea not null)',
      'grant select on shop.signing_keys to {other}',
      'create table shop.preference (key text primary key, value text)',
      'grant select on shop.preference to {app}',
    ],
  },
]
