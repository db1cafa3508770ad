import type { Catalogue, ForeignKey, Oid, Relation } from '../../../foundation/catalogue/index.ts'
import type { TenantTable } from '../ground.ts'
import { isUpheld, ownTables, type TenantColumn } from './column.ts'

export interface Tables {
  readonly tenant: ReadonlyMap<Oid, TenantTable>
  readonly shared: ReadonlyMap<Oid, Relation>
  readonly doubtful: ReadonlyMap<Oid, Relation>
}

/** Sorts all tables: of organizations, shared, and those of which some rows point at an organization's. */
export function sortTables(catalogue: Catalogue, found: TenantColumn): Tables {
  const tenant = new Map<Oid, TenantTable>()
  const candidates = catalogue.relations.filter(relation => holdsRows(relation, catalogue))
  for (const relation of candidates) {
    const columns = ownColumns(relation, found, catalogue)
    if (columns !== undefined) tenant.set(relation.oid, { relation, columns })
  }
  reachByKeys(candidates, tenant, found)
  inheritFromParents(candidates, tenant)
  const rest = ownTables(catalogue).filter(
    relation => !tenant.has(relation.oid) && relation.oid !== found.directory?.oid,
  )
  const doubtful = rest.filter(
    relation =>
      !isShared(relation) && relation.foreignKeys.some(key => tenant.has(key.target) && key.target !== relation.oid),
  )
  return {
    tenant,
    shared: new Map(rest.filter(one => !doubtful.includes(one)).map(one => [one.oid, one])),
    doubtful: new Map(doubtful.map(one => [one.oid, one])),
  }
}

function holdsRows(relation: Relation, catalogue: Catalogue): boolean {
  const kinds = ['table', 'partitioned', 'foreign table']
  return kinds.includes(relation.kind) && relation.extension === null && !isUpheld(relation.schema, catalogue)
}

/** Somebody said so on the table itself. */
function isShared(relation: Relation): boolean {
  return /\bupheld:shared\b/.test(relation.comment)
}

/** The tenant columns by their usual name; or else the only key that says which organization a row belongs to. */
function ownColumns(relation: Relation, found: TenantColumn, catalogue: Catalogue): readonly string[] | undefined {
  if (isShared(relation) || relation.oid === found.directory?.oid) return undefined
  const names = new Set(relation.columns.map(column => column.name))
  if (
    found.how === 'upheld' &&
    catalogue.tenantSchemas?.includes(relation.schema) === false &&
    !names.has('organization_id')
  ) {
    return undefined
  }
  if (found.columns.every(column => names.has(column))) return found.columns
  const leads = relation.foreignKeys.filter(key => key.target === found.directory?.oid && isRequired(relation, key))
  const [only] = leads
  return leads.length === 1 && only?.columns.length === found.columns.length ? only.columns : undefined
}

function isRequired(relation: Relation, key: ForeignKey): boolean {
  return key.columns.every(name => relation.columns.some(column => column.name === name && column.required))
}

/** The key that says whose the rows of a table without tenant columns are: one that every row has, before any other. */
export function owningKey(relation: Relation, tenant: ReadonlyMap<Oid, TenantTable>): ForeignKey | undefined {
  const keys = relation.foreignKeys.filter(one => one.target !== relation.oid && tenant.has(one.target))
  const required = keys.filter(key => isRequired(relation, key))
  const says = (key: ForeignKey): boolean => (tenant.get(key.target)?.columns.length ?? 0) > 0
  return required.find(says) ?? required[0] ?? keys.find(says) ?? keys[0]
}

/** Every row of such a table points at a row of one organization, and so belongs to it. */
function reachByKeys(candidates: readonly Relation[], tenant: Map<Oid, TenantTable>, found: TenantColumn): void {
  for (let grown = true; grown;) {
    grown = false
    for (const relation of candidates) {
      if (tenant.has(relation.oid) || isShared(relation) || relation.oid === found.directory?.oid) continue
      const key = owningKey(relation, tenant)
      if (key === undefined || !isRequired(relation, key)) continue
      tenant.set(relation.oid, { relation, columns: [] })
      grown = true
    }
  }
}

function inheritFromParents(candidates: readonly Relation[], tenant: Map<Oid, TenantTable>): void {
  for (let grown = true; grown;) {
    grown = false
    for (const relation of candidates) {
      if (tenant.has(relation.oid)) continue
      const parent = relation.parents.map(oid => tenant.get(oid)).find(one => one !== undefined)
      if (parent === undefined) continue
      tenant.set(relation.oid, { relation, columns: parent.columns })
      grown = true
    }
  }
}
