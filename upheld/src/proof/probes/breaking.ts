import type { Queryable, Row } from '../../core/ports.ts'
import { cannotProbe, type Sabotage, type TwinWorld, type World } from '../claims/index.ts'

/** What a mutation breaks: a table of the application's own, as the catalogue of the twin describes it. */
export interface Target {
  /** Schema and name, quoted where SQL needs it. */
  readonly table: string
  readonly schema: string
  /** A column of it that says something about the row, and its type. */
  readonly column: string
  readonly type: string
}

/** A way to break a twin. `sql` runs there as superuser, with the guards of DDL asleep. */
interface Mutation {
  readonly name: string
  /** What somebody did, in plain words. */
  readonly says: string
  readonly sql: (target: Target) => string
  readonly beyond?: Readonly<Record<string, string>>
}

/** Sabotages by SQL alone; `source` is the file that holds them. */
export function bySql(source: string, mutations: readonly Mutation[]): readonly Sabotage[] {
  return mutations.map(({ name, says, sql, beyond }) =>
    sabotage(source, {
      name,
      says,
      ...(beyond === undefined ? {} : { beyond }),
      async apply(twin) {
        await twin.admin.query(sql(await targetOf(twin)))
        return twin
      },
    }),
  )
}

type Parts = Omit<Sabotage, 'source'>

export function sabotage(source: string, parts: Parts): Sabotage {
  return Object.freeze({ ...parts, source })
}

/**
 * The twin, but the application logs in with a role of this twin's own that has the same rights and what `weaken` gives
 * it besides. A role is the whole server's: the application's own stays as it is, there and in the live system.
 */
async function withWeakLogin(twin: TwinWorld, weaken: (role: string) => string): Promise<World> {
  const made = await twin.loginLike('app')
  await twin.admin.query(weaken(made.name))
  return {
    ...twin,
    login: (role, connectionsMax) => (role === 'app' ? made.login(connectionsMax) : twin.login(role, connectionsMax)),
    open: options => made.open(options),
  }
}

/** An application that logs in with such a role. */
export function weakLogin(source: string, name: string, says: string, sql: (role: string) => string): Sabotage {
  return sabotage(source, { name, says, apply: twin => withWeakLogin(twin, sql) })
}

/** A table like those of the application, empty, with row security as every other one has it. */
export function madeTable({ schema }: Target, name: string, columns: string): string {
  return `create table ${schema}.${name} (organization_id uuid not null, ${columns});
    alter table ${schema}.${name} owner to upheld_owner;
    select upheld_guard.protect_table('${schema}.${name}');`
}

/** Functions of the server, by a pattern of their names, given back to everybody. */
export const givenBack = (functions: string): string => `
  do $$ declare routine regprocedure; begin
    for routine in select oid from pg_proc where pronamespace = 'pg_catalog'::regnamespace and proname ~ '${functions}' and prokind = 'f' loop
      execute format('grant execute on function %s to public', routine);
    end loop;
  end $$`

/** A place outside the application's schemas that its login may look into. */
export const openSchema = 'create schema if not exists archive; grant usage on schema archive to upheld_app;'

const targetSql = `
  select c.oid::regclass::text as "table", quote_ident(n.nspname) as schema, quote_ident(a.attname) as "column",
    format_type(a.atttypid, a.atttypmod) as "type"
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity <> 'a'
    and a.atttypid in ('text'::regtype, 'uuid'::regtype, 'varchar'::regtype, 'int4'::regtype) and a.attname <> 'organization_id'
  where n.nspname = any ($1) and c.relkind = 'r' and not c.relispartition
  order by exists (select from pg_constraint f where f.conrelid = c.oid and f.contype = 'f' and array_length(f.conkey, 1) > 1),
    exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal and t.tgname !~ '^upheld_audit_'), a.attname <> 'id', c.relname, a.attnum
  limit 1`

/** One that stands alone, where nothing but row security is in the way of an attack. */
async function targetOf({ admin, tenantSchemas }: TwinWorld): Promise<Target> {
  const { rows } = await admin.query(targetSql, [[...tenantSchemas]])
  const [row] = rows
  if (row === undefined) throw cannotProbe('There is no table to break.')
  return {
    table: text(row, 'table'),
    schema: text(row, 'schema'),
    column: text(row, 'column'),
    type: text(row, 'type'),
  }
}

function text(row: Row, name: string): string {
  return String(row[name])
}

/** The name of whoever is logged in. */
export async function nameOfLogin(login: Queryable): Promise<string> {
  const { rows } = await login.query('select session_user::text as name')
  return String(rows[0]?.['name'])
}
