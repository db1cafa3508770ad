import type { Sabotage } from '../../../claims/index.ts'
import { weakLogin } from '../../breaking.ts'

const alone = `select p.polrelid into t from pg_policy p join pg_class c on c.oid = p.polrelid
  where p.polname = 'upheld_tenant' and c.relkind = 'r' and not c.relispartition
    and c.relnamespace::regnamespace::text in (select name from upheld_guard.tenant_schema)
    and not exists (select from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal and g.tgname !~ '^upheld_audit_')
  order by c.relname limit 1`

const weak = (name: string, says: string, sql: (role: string) => string): Sabotage =>
  weakLogin(import.meta.url, name, says, sql)

/** Logins that row security does not bind. Always a role of the twin's own. */
export const logins: readonly Sabotage[] = [
  weak(
    'login-bypasses',
    'the application logs in with a role that row security does not bind',
    role => `alter role ${role} bypassrls`,
  ),
  weak(
    'login-owns-table',
    'the application logs in with the owner of one table',
    role => `do $$ declare t regclass; begin
      ${alone};
      execute format('alter table %s no force row level security', t);
      execute format('alter table %s owner to ${role}', t);
    end $$`,
  ),
  weak(
    'login-inherits-owner',
    'the application logs in with a role that has all rights of the owner',
    role => `alter role ${role} inherit; grant upheld_owner to ${role}`,
  ),
  weak(
    'login-reads-all',
    'the application logs in with a role that may read everything',
    role => `alter role ${role} inherit; grant pg_read_all_data to ${role}`,
  ),
]
