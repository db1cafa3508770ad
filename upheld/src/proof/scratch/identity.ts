import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import { refuse } from './errors.ts'

const identity = z.strictObject({
  database: z.string(),
  release: z.string(),
  /** One server, from one start to its end, and one database in it. */
  server: z.string(),
  standby: z.boolean(),
  readOnly: z.boolean(),
  superuser: z.boolean(),
  bypasses: z.boolean(),
  createsRoles: z.boolean(),
  user: z.string(),
})
export type Identity = z.infer<typeof identity>

const question = `
  select current_database() as database, current_setting('server_version') as release,
    (select format('%s %s %s', (select system_identifier from pg_control_system()), d.oid, extract(epoch from pg_postmaster_start_time()))
     from pg_database d where d.datname = current_database()) as server,
    pg_is_in_recovery() as standby, current_setting('default_transaction_read_only')::boolean as "readOnly",
    r.rolsuper as superuser, r.rolsuper or r.rolbypassrls as bypasses, r.rolsuper or r.rolcreaterole as "createsRoles",
    r.rolname as user
  from pg_roles r where r.rolname = current_user`

/** Which database this is, told by the server and not by its address: two addresses may lead to one. */
export async function identityOf(database: Queryable): Promise<Identity> {
  const { rows } = await database.query(question)
  return identity.parse(rows[0])
}

/**
 * Whether a scratch database may be used as one.
 * @throws scratch.same_database, scratch.standby, scratch.read_only, scratch.in_use
 */
export async function assertScratch(
  database: Queryable,
  own: Identity,
  { lookedAt, evenIfInUse }: { readonly lookedAt?: Identity; readonly evenIfInUse: boolean },
): Promise<void> {
  if (lookedAt?.server === own.server) throw refuse.same_database({ detail: own.database })
  if (own.standby) throw refuse.standby({ detail: own.database })
  if (own.readOnly) throw refuse.read_only({ detail: own.database })
  if (evenIfInUse) return
  const { rows } = await database.query(
    `select coalesce(usename, '?') as who from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and coalesce(backend_type, 'client backend') = 'client backend'`,
  )
  if (rows.length > 0)
    throw refuse.in_use({ detail: `${rows.length} sessions, the first of ${String(rows[0]?.['who'])}.` })
}
