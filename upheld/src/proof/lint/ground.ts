import type { Catalogue, Oid, Policy, Relation, Role } from '../../foundation/catalogue/index.ts'
import { refuse } from './errors.ts'
import { parseExpression, type Expression, type Source } from './expression/index.ts'
import { accessOf, type Access } from './ground/access.ts'
import { findTenantColumn, type TenantColumn } from './ground/column.ts'
import { callablesOf, relationFinder, type Callables } from './ground/context.ts'
import {
  openingsOf,
  privileges,
  readsWalled,
  rolesNamed,
  type Actor,
  type Opening,
  type Reader,
} from './ground/guard.ts'
import { nearest } from './ground/names.ts'
import { ownTables, type OwnTable } from './ground/own.ts'
import { sortTables, type Tables } from './ground/tables.ts'

/** Whose rows are where, and who reads them: what the rules know beyond the catalogue. */
export interface Ground {
  /** The column that says whose a row is, as most tables name it, several joined by commas; undefined when the database shows none. */
  readonly tenantColumn: string | undefined
  readonly found: TenantColumn | undefined
  /** Tables, partitions and their leaves that hold rows of organizations, with the columns that say whose. */
  readonly tenantTables: ReadonlyMap<Oid, TenantTable>
  /** Tables of Upheld's audit log, each with what is not as this release installs it. */
  readonly own: ReadonlyMap<Oid, OwnTable>
  /** Whether this table is Upheld's own and exactly as this release installs it: rules of its own hold it to that. */
  readonly asShipped: (relation: Relation) => boolean
  /** Tables that belong to nobody in particular: lookup tables, and those marked `upheld:shared`. */
  readonly sharedTables: ReadonlyMap<Oid, Relation>
  /** Tables of which some rows may point at rows of an organization: the catalogue cannot tell whose they are. */
  readonly doubtfulTables: ReadonlyMap<Oid, Relation>
  /** The table that lists the organizations, when other tables refer to one. */
  readonly directory: Relation | undefined
  readonly relations: ReadonlyMap<Oid, Relation>
  /** Logins that were taken for the application's: given, or those that may touch a tenant table, or a view on one, and are no superuser. */
  readonly appRoles: readonly Role[]
  /** How they were found; `owner` when only logins that own tenant tables could be the application, `none` when nobody could. */
  readonly appRolesHow: 'given' | 'upheld' | 'found' | 'owner' | 'none'
  /** Whether the application roles may do this, by whatever way: PUBLIC, membership, ownership. */
  readonly mayAnyApp: (privilege: string, relation: Relation) => boolean
  readonly access: Access
  readonly callables: Callables
  /** The relation of a schema and a name. */
  readonly relationAt: (path: readonly string[]) => Relation | undefined
  readonly parse: (text: string) => Expression
  /** Policies that let rows of other organizations through, as the application or whoever they name meets them. */
  readonly openings: (table: TenantTable) => readonly Opening[]
  /** The same as one role meets them, a view's owner for one. */
  readonly openingsFor: (table: TenantTable, role: string) => readonly Opening[]
}

export interface TenantTable {
  readonly relation: Relation
  /** The tenant columns, such as ['organization_id'] or ['region', 'account_id']; empty when it has none of its own but belongs to a tenant through a foreign key. */
  readonly columns: readonly string[]
}

export interface GroundOptions {
  readonly tenantColumn?: string
  readonly appRoles?: readonly string[]
}

/** Errors: `lint.no_such_column`, `lint.no_such_role`. */
export function findGround(catalogue: Catalogue, options: GroundOptions = {}): Ground {
  const parse = remembered(parseExpression)
  const found = findTenantColumn(catalogue, options.tenantColumn, parse)
  const tables: Tables =
    found === undefined ? { tenant: new Map(), shared: new Map(), doubtful: new Map() } : sortTables(catalogue, found)
  const access = accessOf(catalogue)
  const { roles: appRoles, how } = findAppRoles(catalogue, tables.tenant, access, options.appRoles)
  const callables = callablesOf(catalogue)
  const relationAt = relationFinder(catalogue)
  const reader = readerOf(parse, callables, source => tables.tenant.get(relationAt(source.path)?.oid ?? ''))
  const openings = new Map<Oid, readonly Opening[]>()
  const own = ownTables(catalogue, how === 'given' ? appRoles.map(role => role.name) : [])
  return Object.freeze({
    tenantColumn: found?.columns.join(','),
    found,
    tenantTables: tables.tenant,
    own,
    asShipped: ({ oid }: Relation) => own.get(oid)?.faults.length === 0,
    sharedTables: tables.shared,
    doubtfulTables: tables.doubtful,
    directory: found?.directory,
    relations: new Map(catalogue.relations.map(relation => [relation.oid, relation])),
    appRoles,
    appRolesHow: how,
    mayAnyApp: (privilege: string, relation: Relation) =>
      appRoles.some(role => access.may(role.name, privilege, relation)),
    access,
    callables,
    relationAt,
    parse,
    openings(table: TenantTable) {
      const before = openings.get(table.relation.oid)
      if (before !== undefined) return before
      const opened = openingsOf(table, actorsOf(table.relation, appRoles, access), reader)
      openings.set(table.relation.oid, opened)
      return opened
    },
    openingsFor: (table: TenantTable, role: string) =>
      openingsOf(table, [actorOf(role, table.relation, access)], reader),
  })
}

function remembered(parse: (text: string) => Expression): (text: string) => Expression {
  const known = new Map<string, Expression>()
  return text => {
    const before = known.get(text)
    if (before !== undefined) return before
    const parsed = parse(text)
    known.set(text, parsed)
    return parsed
  }
}

/** A policy may read other tables, whose policies may read others again: a circle is taken for open. */
function readerOf(
  parse: (text: string) => Expression,
  callables: Callables,
  tenantAt: (source: Source) => TenantTable | undefined,
): Reader {
  const walled = new Map<Oid, boolean>()
  const reader: Reader = {
    parse,
    question: {
      asks: callables.asks,
      tenant: source => tenantAt(source) !== undefined,
      walled(source) {
        const table = tenantAt(source)
        if (table === undefined) return false
        const before = walled.get(table.relation.oid)
        if (before !== undefined) return before
        walled.set(table.relation.oid, false)
        const answer = readsWalled(table, reader)
        walled.set(table.relation.oid, answer)
        return answer
      },
    },
  }
  return reader
}

/** Everybody that the application may be on this table; whoever its policies name when nobody of the application may. */
function actorsOf(relation: Relation, appRoles: readonly Role[], access: Access): readonly Actor[] {
  const names = new Set(appRoles.flatMap(role => [...access.reach(role.name)]))
  const actors = [...names]
    .filter(name => !access.bypasses(name, relation))
    .map(name => actorOf(name, relation, access))
    .filter(actor => (['r', 'a', 'w', 'd'] as const).some(actor.may))
  if (actors.length > 0) return actors
  return rolesNamed(relation).map(name => ({
    name,
    may: () => true,
    applies: (policy: Policy) => policy.roles.length === 0 || policy.roles.includes(name),
  }))
}

function actorOf(name: string, relation: Relation, access: Access): Actor {
  const reached = access.reach(name)
  return {
    name,
    may: command => access.may(name, privileges[command], relation),
    applies: policy => policy.roles.length === 0 || policy.roles.some(role => reached.has(role)),
  }
}

function findAppRoles(
  catalogue: Catalogue,
  tenant: ReadonlyMap<Oid, TenantTable>,
  access: Access,
  given: readonly string[] | undefined,
): { readonly roles: readonly Role[]; readonly how: Ground['appRolesHow'] } {
  if (given !== undefined && given.length > 0)
    return { roles: given.map(name => roleNamed(name, catalogue)), how: 'given' }
  const upheld = catalogue.roles.filter(role => role.name === 'upheld_app')
  if (catalogue.server.upheld && upheld.length > 0) return { roles: upheld, how: 'upheld' }
  const reached = showing(catalogue, tenant)
  const touching = catalogue.roles.filter(
    role =>
      role.login &&
      ![...access.reach(role.name)].some(name => catalogue.roles.find(one => one.name === name)?.superuser === true) &&
      reached.some(relation => Object.values(privileges).some(privilege => access.may(role.name, privilege, relation))),
  )
  const owns = (role: Role): boolean =>
    [...tenant.values()].some(({ relation }) => access.reach(role.name).has(relation.owner))
  const others = touching.filter(role => !owns(role))
  if (others.length > 0) return { roles: others, how: 'found' }
  return { roles: touching, how: touching.length > 0 ? 'owner' : 'none' }
}

/** Tables of organizations, and whatever reads them by however many views in between. */
function showing(catalogue: Catalogue, tenant: ReadonlyMap<Oid, TenantTable>): readonly Relation[] {
  const shown = new Set(tenant.keys())
  for (let size = -1; size !== shown.size;) {
    size = shown.size
    for (const relation of catalogue.relations) if (relation.reads.some(oid => shown.has(oid))) shown.add(relation.oid)
  }
  return catalogue.relations.filter(relation => shown.has(relation.oid))
}

function roleNamed(name: string, catalogue: Catalogue): Role {
  const role = catalogue.roles.find(one => one.name === name)
  if (role !== undefined) return role
  const like = nearest(
    name,
    catalogue.roles.map(one => one.name),
  )
  throw refuse.no_such_role({
    detail: like.length === 0 ? `It was ${name}.` : `It was ${name}; there is ${like.join(', ')}.`,
  })
}
