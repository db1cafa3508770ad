import { readdirSync, readFileSync } from 'node:fs'
import { messageOf } from '../../core/errors.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import type { ContextKey } from './keys.ts'
import { byLogin, type LoginName } from './logins.ts'
import { guardedForm } from './token.ts'

export interface InstallOptions {
  /** Schemas whose every table holds customers' rows. Made when absent. */
  readonly tenantSchemas: readonly string[]
  /** The key that contexts are signed with; its pads go into the guarded table. */
  readonly key: ContextKey
  /** `citus` writes the policies that Citus accepts. Unproven: it has not run on a cluster of Citus yet. */
  readonly engine?: 'postgres' | 'citus'
  /** Passwords to set. A login that is left out keeps its own. */
  readonly passwords?: Partial<Record<LoginName, string>>
}

const kernel = new URL('./kernel/', import.meta.url)

/**
 * Prepares a database: roles, guard, verifier, policies for new tables, hardening. Safe to run at every start; what
 * somebody loosened in between is tightened again. Needs a superuser, for the event trigger.
 * @throws tenancy.bad_options for a schema name that cannot be one
 */
export async function installTenancy(admin: Database, options: InstallOptions): Promise<void> {
  for (const schema of options.tenantSchemas) {
    if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema) || /^(pg_|upheld)/.test(schema)) {
      throw refuse.bad_options({ detail: `"${schema}" cannot be a tenant schema.` })
    }
  }
  await oncePerCluster(() => admin.transaction(tx => installKernel(tx, options)))
}

/** Pads and passwords pass here: whatever the server is set to, none of these statements is written into its log. */
const unlogged = ['log_min_messages = fatal', 'log_min_error_statement = panic', 'log_statement = none']
  .map(setting => `set local ${setting}`)
  .join('; ')

/** Tables that were protected before there was a login of staff. Whose they are stays as it is. */
const readable = `
  do $$
  declare
    older record;
  begin
    for older in
      select c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join upheld_guard.tenant_schema t on t.name = n.nspname
      where c.relkind in ('r', 'p', 'v') and not has_table_privilege('upheld_staff', c.oid, 'select')
    loop
      execute format('grant select on %s to upheld_staff', older.name);
    end loop;
  end
  $$`

/** All but the owner of the tables. */
const logins = Object.values(byLogin((_, name) => name)).join(', ')

async function installKernel(tx: Queryable, options: InstallOptions): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(7305807354471)')
  await tx.query('set local client_min_messages = warning')
  await tx.query(unlogged)
  await tx.query('set local jit = off')
  // Event triggers look at every command; here one look at the end is enough, before anybody sees what was done.
  await tx.query(`set local session_replication_role = 'replica'`)
  for (const file of readdirSync(kernel).sort()) await tx.query(readFileSync(new URL(file, kernel), 'utf8'))

  if (options.engine !== undefined) await tx.query('update upheld_guard.engine set name = $1', [options.engine])
  for (const schema of options.tenantSchemas) {
    await tx.query(`create schema if not exists ${schema} authorization upheld_owner`)
    await tx.query(`revoke all on schema ${schema} from public, ${logins}`)
    await tx.query(`grant usage on schema ${schema} to upheld_app, upheld_migrate, upheld_staff`)
    await tx.query('insert into upheld_guard.tenant_schema values ($1) on conflict do nothing', [schema])
  }

  await tx.query(readable)
  await tx.query(`set local session_replication_role = 'origin'`)
  await tx.query(`comment on schema upheld_guard is 'What guards the tables of tenants. No login reads it.'`)
  await tx.query(
    `insert into upheld_guard.context_key (id, inner_block, outer_block, cell) values ($1, $2, $3, $4)
     on conflict (id) do update set inner_block = excluded.inner_block, outer_block = excluded.outer_block,
       cell = excluded.cell, retire_at = 'infinity'`,
    guardedForm(options.key),
  )
  for (const [role, password] of Object.entries(options.passwords ?? {})) {
    const { rows } = await tx.query('select format($$alter role %I password %L$$, $1::text, $2::text) as text', [
      role,
      password,
    ])
    await tx.query(String(rows[0]?.['text']))
  }
}

/** Roles belong to the whole cluster: two databases prepared at once may touch the same row of pg_authid. Then: again. */
async function oncePerCluster(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work()
      return
    } catch (error) {
      if (attempt === 20 || !/tuple concurrently (updated|deleted)|deadlock detected/.test(messageOf(error)))
        throw error
    }
  }
}
