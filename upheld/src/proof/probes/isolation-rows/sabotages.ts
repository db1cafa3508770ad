import type { Row } from '../../../core/ports.ts'
import { cannotProbe, type Sabotage, type TwinWorld } from '../../claims/index.ts'

/** A way to break isolation by SQL alone, in a twin that somebody runs as superuser. */
interface Break {
  readonly name: string
  readonly says: string
  sql(target: Target): string
}

/** The table that gets broken, with what the catalogue says of it. */
interface Target {
  readonly label: string
  readonly schema: string
  readonly uniqueColumn: string
  readonly uniqueType: string
}

const verifierBody = (rest: string): string => `
  declare token bytea := decode(current_setting('upheld.context', true), 'hex');
  begin
    ${rest}
    return encode(substring(token, 3, 16), 'hex')::uuid;
  end`

const breaks: readonly Break[] = [
  {
    name: 'row-security-off',
    says: 'row security was switched off on one table',
    sql: ({ label }) => `alter table ${label} disable row level security`,
  },
  {
    name: 'policy-lets-all-through',
    says: 'the policy of one table was changed to let every row through',
    sql: ({ label }) => `alter policy upheld_tenant on ${label} using (true)`,
  },
  {
    name: 'policy-checks-no-write',
    says: 'the policy of one table no longer checks what is written',
    sql: ({ label }) => `alter policy upheld_tenant on ${label} with check (true)`,
  },
  {
    name: 'second-policy',
    says: 'a second, generous policy was added to one table',
    sql: ({ label }) => `create policy support_can_see on ${label} for select using (true)`,
  },
  {
    name: 'app-owns-table',
    says: 'the application logs in as the owner of one table, and row security is not forced on owners',
    sql: ({ label, schema }) =>
      `grant create on schema ${schema} to upheld_app; alter table ${label} no force row level security; alter table ${label} owner to upheld_app`,
  },
  {
    name: 'view-with-owner-rights',
    says: 'a view was made that reads with its owner’s rights',
    sql: ({ label, schema }) =>
      `create view ${schema}.all_of_it as select * from ${label}; grant select on ${schema}.all_of_it to upheld_app`,
  },
  {
    name: 'definer-function',
    says: 'a report was made by a function that reads with its owner’s rights',
    sql: ({ label, schema }) =>
      `create function ${schema}.report() returns setof ${label} language sql security definer as 'select * from ${label}';
       grant execute on function ${schema}.report() to upheld_app`,
  },
  {
    name: 'signature-not-checked',
    says: 'the check of the signature was taken out of the verifier',
    sql: () => `create or replace function upheld.organization_id() returns uuid language plpgsql stable security definer
      set search_path = pg_catalog, pg_temp as $$ ${verifierBody(
        "if token is null or length(token) <> 68 or substring(token, 19, 4) < int4send(date_part('epoch', clock_timestamp())::integer) then raise exception 'upheld: no_context' using errcode = '42501'; end if;",
      )} $$`,
  },
  {
    name: 'expiry-ignored',
    says: 'the verifier no longer looks at the expiry',
    sql: () => `create or replace function upheld.organization_id() returns uuid language plpgsql stable security definer
      set search_path = pg_catalog, pg_temp as $$ ${verifierBody(`
        if not exists (select from upheld_guard.context_key k where k.id = substring(token, 2, 1)
          and sha256(k.outer_block || sha256(k.inner_block || substring(token, 1, 36))) = substring(token, 37)
          and substring(token, 25, 4) in ('\\x00000000', int4send(pg_backend_pid())))
        then raise exception 'upheld: bad_context' using errcode = '42501'; end if;`)} $$`,
  },
  {
    name: 'context-outlives-transaction',
    says: 'the context is set for the session and not for the transaction',
    sql: () => `create or replace function upheld.enter(token text) returns void language plpgsql security definer
      set search_path = pg_catalog, pg_temp as $$ begin perform set_config('upheld.context', token, false); end $$;
      create or replace function upheld.enter(token text, timeout_ms integer) returns void language plpgsql security definer
      set search_path = pg_catalog, pg_temp as $$ begin perform set_config('upheld.context', token, false); end $$`,
  },
  {
    name: 'verifier-immutable',
    says: 'the verifier was marked immutable, to make it faster',
    sql: () => 'alter function upheld.organization_id() immutable',
  },
  {
    name: 'unique-across-organizations',
    says: 'a unique key was made that spans organizations',
    sql: ({ label, uniqueColumn }) => `create unique index on ${label} (${uniqueColumn})`,
  },
  {
    name: 'simple-foreign-key',
    says: 'a table was made that refers to another by its id alone',
    sql: ({ label, schema, uniqueColumn, uniqueType }) => `
      create unique index on ${label} (${uniqueColumn});
      create table ${schema}.pointer (
        organization_id uuid not null, id integer not null, target ${uniqueType} references ${label} (${uniqueColumn}),
        primary key (organization_id, id)
      );
      alter table ${schema}.pointer owner to upheld_owner;
      select upheld_guard.protect_table('${schema}.pointer')`,
  },
  {
    name: 'policy-for-writing',
    says: 'a policy was added that lets one table be changed by anybody who does not look',
    sql: ({ label }) => `create policy tidy_up on ${label} for delete using (true)`,
  },
  {
    name: 'truncate-granted',
    says: 'the application was granted TRUNCATE',
    sql: ({ label }) => `grant truncate on all tables in schema ${label.split('.')[0] ?? ''} to upheld_app`,
  },
  {
    name: 'key-readable',
    says: 'the application was granted the table of context keys',
    sql: () =>
      'grant usage on schema upheld_guard to upheld_app; grant select on upheld_guard.context_key to upheld_app',
  },
]

const targetSql = `
  select c.oid::regclass::text as label, quote_ident(n.nspname) as schema, quote_ident(a.attname) as "uniqueColumn",
    format_type(a.atttypid, a.atttypmod) as "uniqueType"
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    and a.atttypid in ('text'::regtype, 'uuid'::regtype, 'varchar'::regtype, 'int4'::regtype) and a.attname <> 'organization_id'
  where n.nspname = any ($1) and c.relkind = 'r' and not c.relispartition
  order by exists (select from pg_constraint f where f.conrelid = c.oid and f.contype = 'f' and array_length(f.conkey, 1) > 1),
    a.attname <> 'id', c.relname, a.attnum
  limit 1`

export const sabotages: readonly Sabotage[] = Object.freeze(
  breaks.map(one => sabotage(one.name, one.says, async twin => one.sql(await targetOf(twin)))),
)

function sabotage(name: string, says: string, sql: (twin: TwinWorld) => Promise<string>): Sabotage {
  return Object.freeze({
    name,
    says,
    source: import.meta.url,
    async apply(twin: TwinWorld) {
      await twin.admin.query(await sql(twin))
      return twin
    },
  })
}

async function targetOf(twin: TwinWorld): Promise<Target> {
  const { rows } = await twin.admin.query(targetSql, [[...twin.tenantSchemas]])
  const [row] = rows
  if (row === undefined) throw cannotProbe('There is no table to break.')
  return {
    label: text(row, 'label'),
    schema: text(row, 'schema'),
    uniqueColumn: text(row, 'uniqueColumn'),
    uniqueType: text(row, 'uniqueType'),
  }
}

function text(row: Row, name: string): string {
  return String(row[name])
}
