import { randomBytes } from 'node:crypto'
import { openDatabase } from '../../adapters/postgres/database.ts'
import type { Database } from '../../core/ports.ts'
import type { LoginRole } from '../../proof/claims/index.ts'
import { withDatabase, type TwinDatabase } from './twins.ts'

/** A role of this twin's own, and where it logs in. */
interface MadeLogin {
  readonly name: string
  readonly url: string
}

/** Every right that a role has in one database, granted to another one, and what is logged of it. Names are made by us: no quotes are needed. */
const copyRights = (from: string, to: string): string => `
do $$
declare
  granted record;
begin
  for granted in
    select format('grant %s on %s %s to ${to}', a.privilege_type, case c.relkind when 'S' then 'sequence' else '' end, c.oid::regclass) as sql
    from pg_class c, aclexplode(c.relacl) a where a.grantee = '${from}'::regrole
    union all
    select format('grant %s (%I) on %s to ${to}', a.privilege_type, t.attname, t.attrelid::regclass)
    from pg_attribute t, aclexplode(t.attacl) a where a.grantee = '${from}'::regrole
    union all
    select format('grant execute on %s %s to ${to}', case p.prokind when 'p' then 'procedure' else 'function' end, p.oid::regprocedure)
    from pg_proc p, aclexplode(p.proacl) a where a.grantee = '${from}'::regrole
    union all
    select format('grant %s on schema %I to ${to}', a.privilege_type, n.nspname)
    from pg_namespace n, aclexplode(n.nspacl) a where a.grantee = '${from}'::regrole
    union all
    select format('grant %s on database %I to ${to}', a.privilege_type, d.datname)
    from pg_database d, aclexplode(d.datacl) a where d.datname = current_database() and a.grantee = '${from}'::regrole
    union all
    select format('alter role ${to} set %I = %L', split_part(one, '=', 1), split_part(one, '=', 2))
    from pg_db_role_setting s cross join unnest(s.setconfig) as one
    where s.setdatabase = 0 and s.setrole = '${from}'::regrole and one ~ '^log_'
  loop
    execute granted.sql;
  end loop;
end
$$`

/**
 * A login like one of the system's, for one twin. Its role may connect to that database and no other of ours, its
 * password is known to this process alone, and it is dropped when the twin is gone.
 */
export async function makeLogin(twin: TwinDatabase, role: LoginRole): Promise<MadeLogin & { drop(): Promise<void> }> {
  const name = `${twin.name}_${randomBytes(3).toString('hex')}`
  const password = randomBytes(24).toString('hex')
  await withDatabase(twin.adminUrl, async admin => {
    // The guards of DDL know the system's own logins and refuse a right for any other.
    await admin.query("set session_replication_role = 'replica'")
    // Nor does the server log the password.
    await admin.query("set log_min_messages = 'fatal'; set log_statement = 'none'")
    await admin.query(`create role ${name} login noinherit password '${password}'`)
    await admin.query(copyRights(`upheld_${role}`, name))
  })
  const url = new URL(twin.adminUrl)
  url.username = name
  url.password = password
  return Object.freeze({ name, url: url.href, drop: () => twin.dropRole(name) })
}

export function openLogin(url: string, connectionsMax: number): Database {
  return openDatabase(url, { connectionsMax, name: 'upheld-probe' })
}
