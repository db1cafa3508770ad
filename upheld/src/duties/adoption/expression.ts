import { assert } from '../../core/errors.ts'
import { organizationColumn, quoted } from './names.ts'
import type { ForeignKey, Survey } from './survey/survey.ts'
import { rootOf, type Tenants } from './tenants.ts'

/** What an expression makes of a legacy value: the organization's id, or the value as text, to compare and to show. */
type Form = 'organization' | 'value'

/** Deep enough for any schema that people keep in their heads; more is a circle, which `findTenants` does not make. */
const depthMax = 32

/**
 * SQL that gives the organization of the row `alias` of a table, NULL when it cannot be told. It goes to where the tenant
 * stands and rests on nothing that is still being filled, so that trigger, batch and check agree at every moment.
 */
export function tenantOf(seen: Survey, tenants: Tenants, oid: string, alias: string, form: Form, depth = 0): string {
  assert(depth < depthMax, 'the path to a tenant has no circle')
  const source = tenants.sources.get(rootOf(seen, oid)?.oid ?? '')
  assert(source !== undefined && source.kind !== 'shared', 'only a tenant table has a tenant')
  if (source.kind === 'parents') {
    const ways = source.keys.map(key => throughKey(seen, tenants, key, alias, form, depth))
    return ways.length === 1 ? ways.join('') : `coalesce(${ways.join(', ')})`
  }
  const column = `${alias}.${quoted(source.kind === 'own' ? organizationColumn : source.column)}`
  if (tenants.uuids) return form === 'organization' ? column : `${column}::text`
  return form === 'organization' ? `upheld_adoption.organization_of(${column}::text)` : `${column}::text`
}

function throughKey(seen: Survey, tenants: Tenants, key: ForeignKey, alias: string, form: Form, depth: number): string {
  const parent = `p${depth}`
  const pairs = key.columns.map(
    (name, at) => `${parent}.${quoted(key.parent_columns[at] ?? '')} operator(pg_catalog.=) ${alias}.${quoted(name)}`,
  )
  const told = tenantOf(seen, tenants, key.parent, parent, form, depth + 1)
  return `(select ${told} from ${key.parent_label} ${parent} where ${pairs.join(' and ')})`
}
