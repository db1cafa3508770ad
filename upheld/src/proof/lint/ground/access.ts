import type { Catalogue, Grant, Relation } from '../../../foundation/catalogue/index.ts'

/** Who may do what, by whatever way: PUBLIC, membership however deep, ownership, predefined roles. */
export interface Access {
  /** The role itself and all that it may become or inherit from. */
  readonly reach: (role: string) => ReadonlySet<string>
  readonly may: (role: string, privilege: string, relation: Relation) => boolean
  /** Whether row security leaves this role alone on this table: superuser, BYPASSRLS, or owner without FORCE. */
  readonly bypasses: (role: string, relation: Relation) => boolean
}

const predefined: Readonly<Partial<Record<string, string>>> = {
  SELECT: 'pg_read_all_data',
  INSERT: 'pg_write_all_data',
  UPDATE: 'pg_write_all_data',
  DELETE: 'pg_write_all_data',
  MAINTAIN: 'pg_maintain',
}

export function accessOf(catalogue: Catalogue): Access {
  const reach = reachOf(catalogue)
  const roles = new Map(catalogue.roles.map(role => [role.name, role]))
  const schemas = new Map(catalogue.schemas.map(schema => [schema.name, schema]))
  const some = (role: string, test: (one: string) => boolean): boolean => [...reach(role)].some(test)
  const isSuper = (role: string): boolean => some(role, one => roles.get(one)?.superuser === true)
  const held = (role: string, privilege: string, grants: readonly Grant[]): boolean => {
    const reached = reach(role)
    return grants.some(grant => grant.privilege === privilege && (grant.grantee === '' || reached.has(grant.grantee)))
  }
  const enters = (role: string, name: string): boolean => {
    const schema = schemas.get(name)
    const all = some(role, one => one === 'pg_read_all_data' || one === 'pg_write_all_data')
    return schema === undefined || all || reach(role).has(schema.owner) || held(role, 'USAGE', schema.grants)
  }
  return Object.freeze({
    reach,
    may(role: string, privilege: string, relation: Relation) {
      if (isSuper(role)) return true
      if (!enters(role, relation.schema)) return false
      if (reach(role).has(relation.owner) || held(role, privilege, relation.grants)) return true
      const group = predefined[privilege]
      if (group !== undefined && reach(role).has(group)) return true
      return relation.columns.some(column => column.grants.length > 0 && held(role, privilege, column.grants))
    },
    bypasses(role: string, relation: Relation) {
      const strong = (one: string): boolean =>
        roles.get(one)?.superuser === true || roles.get(one)?.bypassesRowSecurity === true
      return some(role, strong) || (!relation.rowSecurityForced && reach(role).has(relation.owner))
    },
  })
}

function reachOf(catalogue: Catalogue): (role: string) => ReadonlySet<string> {
  const memberships = new Map(catalogue.roles.map(role => [role.name, role.memberOf.map(one => one.role)]))
  const known = new Map<string, ReadonlySet<string>>()
  return role => {
    const before = known.get(role)
    if (before !== undefined) return before
    const reached = new Set([role])
    for (const one of reached) {
      for (const next of memberships.get(one) ?? []) reached.add(next)
      if (one === catalogue.server.databaseOwner) reached.add('pg_database_owner')
    }
    known.set(role, reached)
    return reached
  }
}
