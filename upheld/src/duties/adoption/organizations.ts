import { tenantOf } from './expression.ts'
import type { Survey, Table } from './survey/survey.ts'
import { tenantTables, type Ground } from './steps/ground.ts'

/**
 * Writes down which organization each tenant has become, from every table that names tenants itself. Once before the
 * last step, reading all of it; then again under its lock, for those that came in between: with a key that is led by the
 * organization this is one look into the index for each organization.
 */
export function collectingStatements(ground: Ground, again: boolean): readonly string[] {
  return tenantTables(ground).flatMap(table => {
    const kind = ground.tenants.sources.get(table.oid)?.kind
    if (kind !== 'own' && kind !== 'column') return []
    const value = tenantOf(ground.seen, ground.tenants, table.oid, 't', 'value')
    const quick = again && hasKey(ground.seen, table)
    return [`${quick ? stepping(table, value) : whole(table, value)} on conflict do nothing`]
  })
}

/** Each unique key of the table has a twin behind organization_id by now; a partial one is of no use here. */
function hasKey(seen: Survey, table: Table): boolean {
  return seen.uniqueKeys.some(key => key.table_oid === table.oid && !key.tail.includes(' WHERE '))
}

function whole(table: Table, value: string): string {
  return `insert into upheld_adoption.organization (tenant, organization)
    select distinct ${value}, t.organization_id from ${table.label} t`
}

/** From one organization to the next, without the rows in between. */
function stepping(table: Table, value: string): string {
  return `insert into upheld_adoption.organization (tenant, organization)
    with recursive met as (
      (select ${value} as tenant, t.organization_id as id from ${table.label} t order by t.organization_id limit 1)
      union all
      select further.tenant, further.id from met cross join lateral (
        select ${value} as tenant, t.organization_id as id from ${table.label} t
        where t.organization_id > met.id order by t.organization_id limit 1
      ) further
    )
    select tenant, id from met`
}
