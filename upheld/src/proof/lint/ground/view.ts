import type { Relation } from '../../../foundation/catalogue/index.ts'
import type { Ground, TenantTable } from '../ground.ts'
import { both, coverOf, type Cover } from './cover.ts'

/** Whether a view holds the rows of one table to who asks, by its own WHERE: `maybe` when it cannot be told. */
export function filtersItself(view: Relation, table: TenantTable, ground: Ground): boolean | 'maybe' {
  const { definition } = view
  if (definition === null) return 'maybe'
  const read = ground.parse(`(${definition.trim().replace(/;$/, '')})`)
  if (read.kind !== 'select') return 'maybe'
  const sources = read.select.from.filter(source => ground.relationAt(source.path)?.oid === table.relation.oid)
  // What comes from elsewhere than its own FROM, such as a subselect or the other half of a UNION, is not filtered by it.
  const other = /\b(UNION|INTERSECT|EXCEPT|WITH)\b/.test(definition) || sources.length === 0
  if (other || table.columns.length === 0) return 'maybe'
  const wanted = new Set(table.columns)
  let unsure = false
  for (const source of sources) {
    const cover = read.select.conditions
      .map(condition => coverOf(condition, question(table, source.alias, ground)))
      .reduce(both, { sure: new Set(), maybe: new Set() } satisfies Cover)
    if (!wanted.isSubsetOf(cover.maybe)) return false
    if (!wanted.isSubsetOf(cover.sure)) unsure = true
  }
  return unsure ? 'maybe' : true
}

function question(table: TenantTable, alias: string, ground: Ground): Parameters<typeof coverOf>[1] {
  return {
    relation: { ...table.relation, name: alias },
    columns: table.columns,
    asks: ground.callables.asks,
    walled: () => false,
    tenant: () => false,
  }
}
