import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import type { Catalogue, SystemRelation, SystemRoutine } from './facts.ts'
import { readSection, type Unseen } from './section.ts'

/** Routines of pg_catalog that reach around row security, tell of others, or stop them; by name, and by pattern. */
const routineNames = [
  'set_config',
  'loread',
  'lowrite',
  'pg_notify',
  'pg_sleep',
  'pg_sleep_for',
  'pg_sleep_until',
  'pg_terminate_backend',
  'pg_cancel_backend',
  'pg_prepared_statement',
  'pg_cursor',
  'lastval',
  'currval',
  'setval',
  'setseed',
  'pg_sequence_last_value',
  'pg_get_sequence_data',
  'pg_relation_size',
  'pg_table_size',
  'pg_indexes_size',
  'pg_total_relation_size',
  'pg_database_size',
  'pg_lock_status',
  'pg_blocking_pids',
  'pg_export_snapshot',
  'pg_logical_emit_message',
  'pg_read_file',
  'pg_read_binary_file',
  'pg_stat_file',
  'pg_current_logfile',
  'pg_show_all_file_settings',
  'pg_hba_file_rules',
  'pg_reload_conf',
  'pg_switch_wal',
  'pg_promote',
  'pg_backup_start',
  'pg_backup_stop',
]
const routinePattern =
  '^(pg_stat_get_|lo_|pg_(try_)?advisory_|(query|table|schema|database|cursor)_to_xml|pg_ls_|pg_stat_reset|pg_logical_slot_|pg_create_(logical|physical)_replication_slot|pg_replication_origin_)'

const routineText = `
select
  p.oid::pg_catalog.regprocedure::text as signature,
  p.proname::text as name,
  coalesce(pg_catalog.bool_or(g.grantee = 0), p.proacl is null) as public,
  coalesce(pg_catalog.array_agg(distinct pg_catalog.pg_get_userbyid(g.grantee)::text)
    filter (where g.grantee not in (0, p.proowner)), '{}') as grantees
from pg_catalog.pg_proc p
left join lateral pg_catalog.aclexplode(p.proacl) g on true
where p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace and (p.proname = any ($1) or p.proname ~ $2)
group by p.oid
order by 1`

const routineRow = z
  .strictObject({ signature: z.string(), name: z.string(), public: z.boolean(), grantees: z.array(z.string()) })
  .transform(({ signature, ...rest }) => ({
    ...rest,
    label: signature.startsWith('pg_catalog.') ? signature : `pg_catalog.${signature}`,
  }))

export async function readSystemRoutines(
  tx: Queryable,
  onUnseen: (unseen: Unseen) => void,
): Promise<readonly SystemRoutine[]> {
  return readSection(
    tx,
    { name: 'grants', text: routineText, row: routineRow },
    [routineNames, routinePattern],
    onUnseen,
  )
}

/** Tables and views of pg_catalog that the server keeps closed, because they hold values of rows, passwords or secrets. */
const closed = [
  'pg_authid',
  'pg_shadow',
  'pg_statistic',
  'pg_statistic_ext_data',
  'pg_largeobject',
  'pg_user_mapping',
  'pg_subscription',
  'pg_hba_file_rules',
  'pg_ident_file_mappings',
  'pg_file_settings',
]

/** A grant on single columns counts, but for the columns of pg_subscription that everybody may read. */
const relationText = `
select
  pg_catalog.format('pg_catalog.%I', c.relname) as label,
  c.relname::text as name,
  pg_catalog.bool_or(g.grantee = 0) as public,
  pg_catalog.array_agg(distinct pg_catalog.pg_get_userbyid(g.grantee)::text) filter (where g.grantee <> 0) as grantees
from pg_catalog.pg_class c
cross join lateral (
  select grantee from pg_catalog.aclexplode(c.relacl) where privilege_type = 'SELECT'
  union all
  select e.grantee from pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) e
  where a.attrelid = c.oid and e.privilege_type = 'SELECT' and (c.relname <> 'pg_subscription' or a.attname = 'subconninfo')
) g
where c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace and c.relname = any ($1) and g.grantee <> c.relowner
group by c.oid, c.relname
order by 1`

const relationRow = z
  .strictObject({
    label: z.string(),
    name: z.string(),
    public: z.boolean(),
    grantees: z.array(z.string()).nullable(),
  })
  .transform(({ grantees, ...rest }) => ({ ...rest, grantees: grantees ?? [] }))

/** Only those that somebody besides their owner may read. */
export async function readSystemRelations(
  tx: Queryable,
  onUnseen: (unseen: Unseen) => void,
): Promise<readonly SystemRelation[]> {
  return readSection(tx, { name: 'grants', text: relationText, row: relationRow }, [closed], onUnseen)
}

/**
 * A cluster that was made before a fix keeps the views of its time: the release alone does not mend them (CVE-2024-4317).
 * To close them to PUBLIC is a mend too.
 */
const statisticsText = `
select pg_catalog.bool_and(pg_catalog.pg_get_viewdef(c.oid) ~ 'pg_has_role'
  or not exists (select from pg_catalog.aclexplode(c.relacl) g where g.grantee = 0)) as mended
from pg_catalog.pg_class c
where c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace and c.relname in ('pg_stats_ext', 'pg_stats_ext_exprs')`

export async function readStatisticsViewsMended(
  tx: Queryable,
  onUnseen: (unseen: Unseen) => void,
): Promise<Catalogue['statisticsViewsMended']> {
  const row = z.strictObject({ mended: z.boolean().nullable() })
  const [found] = await readSection(tx, { name: 'grants', text: statisticsText, row }, [], onUnseen)
  return found?.mended ?? false
}
