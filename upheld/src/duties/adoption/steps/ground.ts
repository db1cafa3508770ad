import type { Survey, Table } from '../survey/survey.ts'
import { rootOf, type Tenants } from '../tenants.ts'
import type { Lock, LockMode } from './step.ts'

/** What every kind of step is made from. */
export interface Ground {
  readonly seen: Survey
  readonly tenants: Tenants
  /** A table with all of its partitions. */
  family(table: Table): readonly Table[]
  /** The same lock on all of them. */
  locks(table: Table, mode: LockMode): readonly Lock[]
  /** Tables that are read to find the tenant of a row. */
  pathLocks(table: Table): readonly Lock[]
}

export function groundOf(seen: Survey, tenants: Tenants): Ground {
  const family = (table: Table): readonly Table[] => [table, ...childrenOf(seen, table).flatMap(family)]
  const locks = (table: Table, mode: LockMode): readonly Lock[] =>
    family(table).map(({ label }) => ({ relation: label, mode }))
  const pathLocks = (table: Table): readonly Lock[] => {
    const source = tenants.sources.get(rootOf(seen, table.oid)?.oid ?? '')
    if (source?.kind !== 'parents') return []
    return source.keys.flatMap(key => {
      const parent = seen.tables.find(({ oid }) => oid === key.parent)
      return parent === undefined ? [] : [...locks(parent, 'AccessShareLock'), ...pathLocks(parent)]
    })
  }
  return Object.freeze({ seen, tenants, family, locks, pathLocks })
}

function childrenOf(seen: Survey, table: Table): readonly Table[] {
  return seen.tables.filter(({ parent }) => parent === table.oid)
}

/** Every root whose rows belong to tenants. */
export function tenantTables({ seen, tenants }: Ground): readonly Table[] {
  return seen.tables.filter(({ oid, parent }) => {
    const source = tenants.sources.get(oid)
    return parent === '' && source !== undefined && source.kind !== 'shared'
  })
}
