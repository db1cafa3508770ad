import type { Queryable } from '../../core/ports.ts'
import { tenantOf } from './expression.ts'
import type { Survey, Table } from './survey/survey.ts'
import type { Ground } from './steps/ground.ts'
import { tenantTables } from './steps/ground.ts'
import { isLed } from './steps/unique-key.ts'

/**
 * Writes down which organization each tenant has become, from every table that names tenants itself. Once before the
 * last step, reading all of it; then again under its lock, for those that came in between: with a key that is led by the
 * organization this is one look into the index for each organization.
 */
export async function collectOrganizations(database: Queryable, ground: Ground, again: boolean): Promise<void> {
  for (const table of tenantTables(ground)) {
    const kind = ground.tenants.sources.get(table.oid)?.kind
    if (kind !== 'own' && kind !== 'column') continue
    const value = tenantOf(ground.seen, ground.tenants, table.oid, 't', 'value')
    const quick = again && hasKey(ground.seen, table)
    await database.query(`${quick ? stepping(table, value) : whole(table, value)} on conflict do nothing`)
  }
}

/** Each unique key of the table has a twin behind organization_id by now. */
function hasKey(seen: Survey, table: Table): boolean {
  return (
    seen.uniqueKeys.some(key => key.table_oid === table.oid && !key.tail.includes(' WHERE ')) ||
    seen.uniqueKeys.some(key => key.table_oid === table.oid && isLed(key))
  )
}

function whole(table: Table, value: string): string {
  return `insert into upheld_adoption.organization (tenant, organization_id)
    select distinct ${value}, t.organization_id from ${table.label} t`
}

/** From one organization to the next, without the rows in between. */
function stepping(table: Table, value: string): string {
  return `insert into upheld_adoption.organization (tenant, organization_id)
    with recursive met as (
      (select t.organization_id as id from ${table.label} t order by t.organization_id limit 1)
      union all
      select (select t.organization_id from ${table.label} t where t.organization_id > met.id order by t.organization_id limit 1)
      from met where met.id is not null
    )
    select (select ${value} from ${table.label} t where t.organization_id = met.id limit 1), met.id from met where met.id is not null`
}
