import type { AdoptionOptions } from './options.ts'
import { organizationColumn } from './names.ts'
import type { ForeignKey, Survey, Table } from './survey/survey.ts'

/** How the tenant of a row is told. */
export type Source =
  /** The table has `organization_id uuid` already. */
  | { readonly kind: 'own' }
  | { readonly kind: 'column'; readonly column: string; readonly base: string }
  /** Through foreign keys: one that is never NULL, or several of which the first that is set counts. */
  | { readonly kind: 'parents'; readonly keys: readonly ForeignKey[] }
  | { readonly kind: 'shared' }

/** Legacy types whose text stands for one tenant and no other. */
export const tenantTypes: ReadonlySet<string> = new Set(['int2', 'int4', 'int8', 'text', 'varchar', 'bpchar', 'uuid'])

export interface Tenants {
  /** By the oid of a table that is no partition. A table without an entry has no path to a tenant. */
  readonly sources: ReadonlyMap<string, Source>
  /** Every tenant value is a UUID, and becomes the organization's id as it is. */
  readonly uuids: boolean
  readonly directory: Table | undefined
}

/** A partition has the tenant of its root. */
export function rootOf(seen: Survey, oid: string): Table | undefined {
  const table = seen.tables.find(one => one.oid === oid)
  return table === undefined || table.parent === '' ? table : seen.tables.find(one => one.oid === table.root)
}

/** With its schema, or without. */
export function named(table: Table, name: string): boolean {
  return name === table.name || name === table.label || name === `${table.schema}.${table.name}`
}

export function findTenants(seen: Survey, options: AdoptionOptions): Tenants {
  const roots = seen.tables.filter(({ parent }) => parent === '')
  const sources = new Map<string, Source>()
  for (const table of roots) {
    const source = directSource(table, options)
    if (source !== undefined) sources.set(table.oid, source)
  }
  const directory = findDirectory(seen, roots, options)
  if (directory !== undefined && !sources.has(directory.table.oid)) {
    sources.set(directory.table.oid, directory.source)
  }
  spread(seen, roots, sources)
  const bases = [...sources.values()].flatMap(source =>
    source.kind === 'column' ? [source.base] : source.kind === 'own' ? ['uuid'] : [],
  )
  return Object.freeze({
    sources,
    uuids: bases.length > 0 && bases.every(base => base === 'uuid'),
    directory: directory?.table,
  })
}

function directSource(table: Table, { tenantColumn, shared }: AdoptionOptions): Source | undefined {
  if (shared.some(name => named(table, name))) return { kind: 'shared' }
  const column = table.columns.find(({ name, ours }) => name === tenantColumn && !ours)
  if (column === undefined) return undefined
  return column.name === organizationColumn && column.base === 'uuid'
    ? { kind: 'own' }
    : { kind: 'column', column: column.name, base: column.base }
}

interface Directory {
  readonly table: Table
  readonly source: Source
}

/** The table that is named; else the one that the tenant column refers to everywhere, if there is exactly one. */
function findDirectory(seen: Survey, roots: readonly Table[], options: AdoptionOptions): Directory | undefined {
  const { directory, tenantColumn } = options
  const candidates =
    directory !== undefined
      ? roots.filter(table => named(table, directory))
      : roots.filter(table =>
          seen.foreignKeys.some(
            key => key.parent === table.oid && key.columns.length === 1 && key.columns[0] === tenantColumn,
          ),
        )
  const [table] = candidates
  if (table === undefined || candidates.length > 1) return undefined
  const pointing = seen.foreignKeys.find(
    key => key.parent === table.oid && key.columns.length === 1 && key.columns[0] === tenantColumn,
  )
  const primary = seen.uniqueKeys.find(key => key.table_oid === table.oid && key.primary)
  const name = pointing?.parent_columns[0] ?? (primary?.columns.length === 1 ? primary.columns[0] : undefined)
  const column = table.columns.find(one => one.name === name)
  return column === undefined
    ? undefined
    : { table, source: { kind: 'column', column: column.name, base: column.base } }
}

/** From tables whose tenant is known to those that refer to them; first through keys that are never NULL. */
function spread(seen: Survey, roots: readonly Table[], sources: Map<string, Source>): void {
  const waiting = new Set(roots.filter(({ oid }) => !sources.has(oid)))
  const known = (key: ForeignKey): boolean => {
    const source = sources.get(rootOf(seen, key.parent)?.oid ?? '')
    return source !== undefined && source.kind !== 'shared' && key.parent !== key.child
  }
  for (;;) {
    const next =
      [...waiting].flatMap(table => candidate(seen, table, known, true))[0] ??
      [...waiting].flatMap(table => candidate(seen, table, known, false))[0]
    if (next === undefined) return
    sources.set(next.table.oid, { kind: 'parents', keys: next.keys })
    waiting.delete(next.table)
  }
}

function candidate(
  seen: Survey,
  table: Table,
  known: (key: ForeignKey) => boolean,
  certain: boolean,
): { readonly table: Table; readonly keys: readonly ForeignKey[] }[] {
  const keys = seen.foreignKeys.filter(key => key.child === table.oid && key.validated && known(key))
  const sure = keys.filter(key =>
    key.columns.every(name => table.columns.some(column => column.name === name && column.required)),
  )
  const [first] = sure
  if (certain) return first === undefined ? [] : [{ table, keys: [first] }]
  return keys.length === 0 ? [] : [{ table, keys }]
}
