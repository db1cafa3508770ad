import type { Queryable } from '../../core/ports.ts'
import type { Catalogue } from '../../foundation/catalogue/index.ts'
import { findGround, type Ground } from '../lint/index.ts'
import { tablesOf, type Table } from '../probes/attacks/index.ts'
import { refuse } from './errors.ts'
import type { ParsedProbeOptions } from './options.ts'

/** What there is to attack, and what must be planted so that it can be. */
export interface Field {
  readonly tenantColumns: readonly string[]
  readonly appRole: string
  /** Tables of organizations and the table that lists them. */
  readonly attacked: readonly Table[]
  /** Those and all that they refer to. */
  readonly planted: readonly Table[]
  /** Tables of which the catalogue does not tell whose rows they hold. */
  readonly doubtful: readonly string[]
  readonly upheld: boolean
}

/** @throws scratch.no_tenant, scratch.no_app_role, and what the linter says of a name that is not there */
export async function fieldOf(admin: Queryable, catalogue: Catalogue, options: ParsedProbeOptions): Promise<Field> {
  const ground = findGround(catalogue, {
    ...(options.tenantColumns === undefined ? {} : { tenantColumn: options.tenantColumns.join(',') }),
    ...(options.appRole === undefined ? {} : { appRoles: [options.appRole] }),
  })
  // Upheld's own tables take no row of anybody's: what holds them is compared with what Upheld installs.
  const own = (label: string): boolean =>
    catalogue.server.upheld && /^upheld(_guard|_proof|_audit|_identity|_access)?\./.test(label)
  const tables = [...ground.tenantTables.values()].filter(({ relation }) => !own(relation.label))
  if (ground.found === undefined || tables.length === 0) throw refuse.no_tenant()
  const appRole = roleOf(ground, options)
  const tenants = new Map(tables.map(one => [one.relation.label, one.columns]))
  const directory = directoryKey(ground)
  if (ground.directory !== undefined && directory !== undefined) tenants.set(ground.directory.label, directory)
  const all = await tablesOf(admin, {
    role: appRole,
    ...(options.schemas === undefined ? {} : { schemas: options.schemas }),
    tenantOf: table => tenants.get(table.label) ?? [],
  })
  const theirs = all.filter(table => !own(table.label))
  const attacked = theirs.filter(table => tenants.has(table.label))
  if (attacked.length === 0) throw refuse.no_tenant({ detail: 'The schemas that were named hold no such table.' })
  return Object.freeze({
    tenantColumns: ground.found.columns,
    appRole,
    attacked,
    planted: withTargets(attacked, theirs),
    doubtful: [...ground.doubtfulTables.values()].map(one => one.label),
    upheld: catalogue.server.upheld,
  })
}

function roleOf(ground: Ground, options: ParsedProbeOptions): string {
  const given = options.appUrl === undefined ? undefined : decodeURIComponent(new URL(options.appUrl).username)
  const [only, ...others] = ground.appRoles
  const name = options.appRole ?? (given === '' ? undefined : given) ?? (others.length === 0 ? only?.name : undefined)
  if (name !== undefined) return name
  throw refuse.no_app_role({
    detail:
      only === undefined
        ? 'No login may touch these tables.'
        : `It could be ${ground.appRoles.map(role => role.name).join(', ')}.`,
  })
}

/** The columns of the directory that tenant columns point at, in their order. */
function directoryKey({ directory, tenantTables }: Ground): readonly string[] | undefined {
  for (const { relation, columns } of tenantTables.values()) {
    const key = relation.foreignKeys.find(
      one => one.target === directory?.oid && columns.length > 0 && columns.every(name => one.columns.includes(name)),
    )
    if (key !== undefined) return columns.map(name => key.targetColumns[key.columns.indexOf(name)] ?? '')
  }
  return undefined
}

/** Tables and everything that they refer to, however far. */
function withTargets(first: readonly Table[], all: readonly Table[]): readonly Table[] {
  const known = new Map(all.map(one => [one.label, one]))
  const wanted = new Set(first)
  for (const one of wanted) {
    for (const key of one.foreignKeys) {
      const target = known.get(key.target)
      if (target !== undefined) wanted.add(target)
    }
  }
  return all.filter(one => wanted.has(one))
}
