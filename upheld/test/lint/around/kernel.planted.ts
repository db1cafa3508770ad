import type { Planted } from './planted.ts'

const verifier = (change: string, to: string): readonly string[] => [
  `do $do$ begin execute replace(pg_get_functiondef('upheld.organization_id()'::regprocedure), $old$${change}$old$, $new$${to}$new$); end $do$`,
]
const verifierPlanted = (says: string, change: string, to: string): Planted => ({
  rule: 'upheld.kernel-differs',
  says,
  on: 'upheld',
  plant: verifier(change, to),
  twin: verifier(change, change),
})

export const kernelPlanted: readonly Planted[] = [
  verifierPlanted(
    'the verifier does not check the signature',
    'if sha256(outer_block || sha256(inner_block || substring(token, 1, 36))) = substring(token, 37)',
    'if true',
  ),
  verifierPlanted(
    'the verifier ignores the expiry',
    `between int4send(date_part('epoch', clock_timestamp())::integer)`,
    `between '\\x00000000'`,
  ),
  verifierPlanted('the verifier takes contexts that live for years', '+ 305)', '+ 305000000)'),
  verifierPlanted('the verifier does not check the cell', 'and substring(token, 23, 2) = cell', ''),
  verifierPlanted(
    'the verifier does not check the backend',
    `and substring(token, 25, 4) in ('\\x00000000', int4send(pg_backend_pid()))`,
    '',
  ),
  {
    rule: 'upheld.kernel-differs',
    says: 'the verifier is IMMUTABLE',
    on: 'upheld',
    plant: ['alter function upheld.organization_id() immutable'],
    twin: ['alter function upheld.organization_id() stable'],
  },
  {
    rule: 'upheld.kernel-differs',
    says: 'the context is kept in the session',
    on: 'upheld',
    plant: [
      `do $do$ begin execute replace(pg_get_functiondef('upheld.enter(text)'::regprocedure), ' end, true)', ' end, false)'); end $do$`,
    ],
    twin: [],
  },
  {
    rule: 'upheld.kernel-differs',
    says: 'the verifier searches another schema, is leakproof and belongs to another',
    on: 'upheld',
    plant: [
      'alter function upheld.organization_id() leakproof',
      'alter function upheld.organization_id() set search_path = shop, pg_catalog',
      'alter function upheld.organization_id() owner to upheld_owner',
    ],
    twin: [],
  },
  {
    rule: 'upheld.kernel-differs',
    says: 'a step across organizations needs no context',
    on: 'upheld',
    plant: [
      `create or replace function upheld_guard.require_crossing() returns text language plpgsql stable as $$ begin return 'abcdefabcdefabcd'; end $$`,
    ],
    twin: [],
  },
  {
    rule: 'upheld.kernel-called',
    says: 'everybody may cross organizations',
    on: 'upheld',
    plant: [
      'grant execute on function upheld.cross_organizations(text) to public',
      'grant execute on function upheld.admit_organization(uuid) to upheld_page',
      'grant execute on function upheld.enter(text) to upheld_app with grant option',
    ],
    twin: ['grant execute on function upheld.enter(text) to upheld_app'],
  },
  {
    rule: 'upheld.stranger',
    says: 'a function mints contexts',
    on: 'upheld',
    plant: [
      'create schema helper',
      `create function helper.mint(o uuid) returns bytea language sql security definer as $$ select sha256(outer_block || inner_block) from upheld_guard.context_key $$`,
    ],
    twin: [
      'create schema helper',
      `create function helper.mint(o uuid) returns bytea language sql as $$ select sha256(convert_to(o::text, 'UTF8')) $$`,
    ],
  },
  {
    rule: 'upheld.stranger',
    says: 'a view on the keys, and a function that copies each new one',
    on: 'upheld',
    plant: [
      'create schema helper',
      'create view helper.keys as select * from upheld_guard.context_key',
      `create function helper.copy() returns trigger language plpgsql as $$ begin return new; end $$`,
      'create trigger copied after insert on upheld_guard.context_key for each row execute function helper.copy()',
      `create function upheld.extra() returns integer language sql as $$ select 1 $$`,
    ],
    twin: ['create schema helper', 'create view helper.organizations as select 1 as one'],
  },
  {
    rule: 'upheld.guard-open',
    says: 'the application reads the keys',
    on: 'upheld',
    plant: [
      'grant usage on schema upheld_guard to upheld_app',
      'grant select (inner_block) on upheld_guard.context_key to upheld_app',
      'grant insert on upheld_guard.organization to upheld_page',
    ],
    twin: ['grant references on upheld_guard.organization to upheld_owner'],
  },
  {
    rule: 'upheld.guard-owned',
    says: 'the keys belong to the owner of the tables',
    on: 'upheld',
    plant: ['alter table upheld_guard.context_key owner to upheld_owner'],
    twin: [],
  },
  {
    rule: 'upheld.event-trigger',
    says: 'new tables are not protected any more',
    on: 'upheld',
    plant: ['alter event trigger upheld_ddl disable', 'drop event trigger upheld_drop'],
    twin: ['alter event trigger upheld_ddl enable'],
  },
  {
    rule: 'upheld.event-trigger',
    says: 'the event trigger runs a function that does nothing',
    on: 'upheld',
    plant: [
      'drop event trigger upheld_ddl',
      `create function shop.nothing() returns event_trigger language plpgsql as $$ begin end $$`,
      'create event trigger upheld_ddl on ddl_command_end execute function shop.nothing()',
    ],
    twin: [],
  },
  {
    rule: 'upheld.stranger-reads',
    says: 'another login reads a table of organizations',
    on: 'upheld',
    plant: [
      'alter event trigger upheld_ddl disable',
      'grant select on shop.invoice to {other}',
      'alter event trigger upheld_ddl enable',
    ],
    twin: ['grant select on shop.invoice to upheld_app'],
  },
  {
    rule: 'upheld.evidence-open',
    says: 'the page may erase evidence, the application reads it, and what refuses changes sleeps',
    on: 'upheld',
    plant: [
      'grant delete on upheld_proof.leaf to upheld_page',
      'grant select (bytes) on upheld_proof.leaf to upheld_app',
      'alter table upheld_proof.attempt disable trigger user',
    ],
    twin: ['grant select on upheld_proof.leaf to upheld_page'],
  },
  {
    rule: 'upheld.event-trigger',
    says: 'the event trigger is asked about comments only',
    on: 'upheld',
    plant: [
      'drop event trigger upheld_ddl',
      "create event trigger upheld_ddl on ddl_command_end when tag in ('COMMENT') execute function upheld_guard.on_ddl()",
    ],
    twin: [],
  },
  {
    rule: 'upheld.event-trigger',
    says: 'the event trigger runs for replicas only',
    on: 'upheld',
    plant: ['alter event trigger upheld_ddl enable replica'],
    twin: ['alter event trigger upheld_ddl enable always'],
  },
  {
    rule: 'upheld.event-trigger',
    says: 'every session here begins as a replica, without event triggers',
    on: 'upheld',
    plant: ['alter database {db} set session_replication_role = replica'],
    twin: ['alter database {db} set session_replication_role = origin'],
  },
  {
    rule: 'upheld.stranger-reads',
    says: 'a login for reports reads all data, the keys among them',
    on: 'upheld',
    plant: ['grant pg_read_all_data to {other}', 'grant connect on database {db} to {other}'],
    twin: ['grant pg_read_all_data to {other}'],
  },
  {
    rule: 'upheld.database-open',
    says: 'everybody may connect',
    on: 'upheld',
    plant: ['grant connect on database {db} to public'],
    twin: ['grant connect on database {db} to {other}'],
  },
  {
    rule: 'upheld.schema-unlisted',
    says: 'the list of protected schemas was emptied',
    on: 'upheld',
    plant: ['delete from upheld_guard.tenant_schema'],
    twin: ["insert into upheld_guard.tenant_schema values ('elsewhere')"],
  },
  {
    rule: 'upheld.schema-unlisted',
    says: 'tables of organizations stand in another schema',
    on: 'upheld',
    plant: [
      "insert into upheld_guard.tenant_schema values ('elsewhere')",
      `create schema "the 'other'" authorization upheld_owner`,
      'set role upheld_owner',
      `create table "the 'other'".note (organization_id uuid not null, id uuid not null, primary key (organization_id, id))`,
      'reset role',
    ],
    twin: [`create schema "the 'other'" authorization upheld_owner`],
  },
  {
    rule: 'upheld.tenant-schema',
    says: 'what the event triggers would have refused',
    on: 'upheld',
    plant: [
      'alter event trigger upheld_ddl disable',
      'grant select (amount) on shop.invoice to upheld_page',
      'alter table shop.customer owner to {other}',
      'create function shop.all_of_them() returns bigint language sql security definer as $$ select count(*) from shop.invoice $$',
      'create materialized view shop.kept as select amount from shop.invoice',
      'create view shop.seen with (security_invoker = true) as select amount from shop.invoice',
      'grant select, update on shop.seen to upheld_app',
      'grant usage on schema shop to {other}',
      'alter event trigger upheld_ddl enable',
    ],
    twin: [
      'set role upheld_owner',
      'create view shop.seen with (security_invoker = true) as select amount from shop.invoice',
      'reset role',
    ],
  },
]
