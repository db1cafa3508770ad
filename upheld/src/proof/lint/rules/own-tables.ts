import type { Relation } from '../../../foundation/catalogue/index.ts'
import type { Ground, TenantTable } from '../ground.ts'
import type { Severity } from '../rule.ts'

const rights = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']

/** Tables of organizations that are no part of another and hold their rows here; those of Upheld's own have rules of their own. */
export function* wholeTables(ground: Ground): Generator<TenantTable> {
  for (const table of ground.tenantTables.values()) {
    const { kind, parents } = table.relation
    if (ground.asShipped(table.relation)) continue
    if (kind !== 'foreign table' && !parents.some(oid => ground.tenantTables.has(oid))) yield table
  }
}

/** Those of them that say themselves whose each row is. */
export function* ownTenantTables(ground: Ground): Generator<TenantTable> {
  for (const table of wholeTables(ground)) if (table.columns.length > 0) yield table
}

/** Whether the application may read or write rows here; nobody knows while nobody is the application. */
export function isReached(relation: Relation, ground: Ground): boolean {
  return ground.appRoles.length === 0 || rights.some(right => ground.mayAnyApp(right, relation))
}

/** What nothing reaches yet is a hardening. */
export function severityFor(usual: Severity, relation: Relation, ground: Ground): Severity {
  return isReached(relation, ground) ? usual : 'low'
}
