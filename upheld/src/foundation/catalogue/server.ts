import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import { grant, grantsOf } from './acl.ts'
import type { Server } from './facts.ts'
import { readSection, type Unseen } from './section.ts'

const names = [
  'server_version',
  'statement_timeout',
  'idle_in_transaction_session_timeout',
  'row_security',
  'search_path',
  'session_replication_role',
  'event_triggers',
  'wal_level',
  'lo_compat_privileges',
  'shared_preload_libraries',
  'session_preload_libraries',
  'local_preload_libraries',
  'log_statement',
  'log_min_duration_statement',
  'log_min_duration_sample',
  'log_transaction_sample_rate',
  'log_parameter_max_length',
  'log_parameter_max_length_on_error',
  'log_min_error_statement',
  'auto_explain.log_min_duration',
  'auto_explain.log_parameter_max_length',
  'track_activities',
]

/** What the looking session set for itself says nothing about the application's sessions: such a value is left out. */
const text = `
select
  current_setting('server_version') as version,
  current_database()::text as database,
  session_user::text as looked_as,
  (select rolsuper from pg_catalog.pg_roles where rolname = session_user) as superuser,
  pg_catalog.pg_get_userbyid(d.datdba)::text as database_owner,
  ${grantsOf('d.datacl', 'd', 'd.datdba')} as database_grants,
  (select coalesce(pg_catalog.json_object_agg(s.name, s.reset_val), '{}'::json) from pg_catalog.pg_settings s
    where s.name = any ($1) and s.source <> 'client' and s.reset_val is not null
      and not exists (select from pg_catalog.pg_db_role_setting e join pg_catalog.pg_roles r on r.oid = e.setrole
        cross join lateral pg_catalog.unnest(e.setconfig) c (entry)
        where r.rolname = session_user and pg_catalog.split_part(c.entry, '=', 1) = s.name)) as settings,
  (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'role', coalesce(r.rolname::text, ''), 'database', coalesce(b.datname::text, ''),
      'name', pg_catalog.split_part(c.entry, '=', 1), 'value', pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1))), '[]'::json)
    from pg_catalog.pg_db_role_setting e
    left join pg_catalog.pg_roles r on r.oid = e.setrole
    left join pg_catalog.pg_database b on b.oid = e.setdatabase
    cross join lateral pg_catalog.unnest(e.setconfig) c (entry)
    where e.setdatabase in (0, d.oid)) as defaults,
  pg_catalog.to_regnamespace('upheld') is not null and pg_catalog.to_regnamespace('upheld_guard') is not null as upheld
from pg_catalog.pg_database d
where d.datname = current_database()`

const row = z.strictObject({
  version: z.string(),
  database: z.string(),
  looked_as: z.string(),
  superuser: z.boolean(),
  database_owner: z.string(),
  database_grants: z.array(grant),
  settings: z.record(z.string(), z.string()),
  defaults: z.array(z.strictObject({ role: z.string(), database: z.string(), name: z.string(), value: z.string() })),
  upheld: z.boolean(),
})

/** Undefined when it may not be seen. */
export async function readServer(tx: Queryable, onUnseen: (unseen: Unseen) => void): Promise<Server | undefined> {
  const [found] = await readSection(tx, { name: 'server', text, row }, [names], onUnseen)
  if (found === undefined) return undefined
  const { looked_as: lookedAs, database_owner: databaseOwner, database_grants: databaseGrants, ...rest } = found
  return { ...rest, lookedAs, databaseOwner, databaseGrants }
}
