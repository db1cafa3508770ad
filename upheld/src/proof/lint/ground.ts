import type { Oid, Relation, Role } from '../../foundation/catalogue/index.ts'

/** Whose rows are where, and who reads them: what the rules know beyond the catalogue. */
export interface Ground {
  /** The column that says whose a row is, as most tables name it; undefined when the database shows none. */
  readonly tenantColumn: string | undefined
  /** Tables, partitions and their leaves that hold rows of organizations, with the columns that say whose. */
  readonly tenantTables: ReadonlyMap<Oid, TenantTable>
  /** Tables that belong to nobody in particular: lookup tables, and those marked `upheld:shared`. */
  readonly sharedTables: ReadonlyMap<Oid, Relation>
  /** The table that lists the organizations, when other tables refer to one. */
  readonly directory: Relation | undefined
  /** Logins that were taken for the application's: given, or those that may touch a tenant table and are no superuser. */
  readonly appRoles: readonly Role[]
  /** Whether the application roles may do this, by whatever way: PUBLIC, membership, ownership. */
  readonly mayAnyApp: (privilege: string, relation: Relation) => boolean
}

export interface TenantTable {
  readonly relation: Relation
  /** The tenant columns, such as ['organization_id'] or ['region', 'account_id']; empty when it has none of its own but belongs to a tenant through a foreign key. */
  readonly columns: readonly string[]
}
