import { z } from 'zod'
import type { Report, World } from '../../claims/index.ts'

const found = z.array(z.object({ label: z.string(), why: z.string() }))

/**
 * What the application's login can reach that runs or was filled with rights that row security does not bind. An attack
 * with two organizations may well get nothing out of it by luck: it takes the right argument, or the right moment.
 */
const reachable = `
  with strong as (select oid from pg_roles where rolsuper or rolbypassrls)
  select p.oid::regprocedure::text as label, 'runs with rights that row security does not bind' as why
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where p.prosecdef and p.proowner in (select oid from strong) and n.nspname not in ('pg_catalog', 'information_schema')
    and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')
  union all
  select c.oid::regclass::text, 'reads with rights that row security does not bind'
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'v' and c.relowner in (select oid from strong) and n.nspname not in ('pg_catalog', 'information_schema')
    and not coalesce((select option_value::boolean from pg_options_to_table(c.reloptions) where option_name = 'security_invoker'), false)
    and has_schema_privilege(n.oid, 'usage')
    and (has_any_column_privilege(c.oid, 'select, insert, update') or has_table_privilege(c.oid, 'delete'))
  union all
  select c.oid::regclass::text, 'was filled from customers’ tables, past row security'
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'm' and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')
    and exists (
      select from pg_rewrite w join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
      join pg_class t on d.refclassid = 'pg_class'::regclass and t.oid = d.refobjid
      join pg_namespace tn on tn.oid = t.relnamespace
      where w.ev_class = c.oid and tn.nspname = any ($1)
    )
  union all
  select c.oid::regclass::text, 'holds rows of organizations without row security'
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname <> all ($1) and n.nspname !~ '^(pg_|upheld|information_schema)'
    and not (c.relrowsecurity and c.relforcerowsecurity)
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped)
    and has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select')`

/** What the catalogue says without any attack, for an instrument of its own. */
export async function lookForReach(world: World, report: Report): Promise<void> {
  const login = world.login('app')
  const migrator = world.login('migrate')
  try {
    const { rows } = await login.query(reachable, [[...world.tenantSchemas]])
    for (const { label, why } of found.parse(rows)) report.refute({ attack: 'reach around', where: label, saw: why })
    if (rows.length === 0) report.observe('reach around', 'every view, function and copy')
    const broken = await migrator.query('select object as label, fault as why from upheld_guard.faults() limit 20')
    for (const { label, why } of found.parse(broken.rows))
      report.refute({ attack: 'break a rule', where: label, saw: why })
    if (broken.rowCount === 0) report.observe('break a rule', 'every table, view and function')
  } finally {
    await Promise.all([login.close(), migrator.close()])
  }
}
