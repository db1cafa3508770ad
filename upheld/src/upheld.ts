import type { OrganizationId } from './core/ids.ts'

/** Rows of one organization, and of no other: the database refuses everything else. */
export interface Sql {
  <R extends object = Readonly<Record<string, unknown>>>(text: TemplateStringsArray, ...values: readonly unknown[]): Promise<R[]>
}

export interface Organization {
  readonly id: OrganizationId
  /** One statement, one round trip, bound to this organization. */
  readonly sql: Sql
  /** Commits when `work` resolves, rolls back when it throws. */
  transaction<T>(work: (tx: { readonly sql: Sql }) => Promise<T>): Promise<T>
}

export interface Upheld {
  /** @throws core.bad_organization_id */
  organization(id: string): Organization
  createOrganization(): Promise<Organization>
  /** Visits every organization, one by one, each with its own context. Recorded with its reason. */
  unsafeAcrossOrganizations(options: { readonly reason: string }, work: (organization: Organization) => Promise<void>): Promise<void>
  close(): Promise<void>
}
