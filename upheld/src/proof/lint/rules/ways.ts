import type { Catalogue, Grant, Relation, Role } from '../../../foundation/catalogue/index.ts'
import type { Ground } from '../ground.ts'
import type { Place } from '../rule.ts'

/** A name as SQL takes it everywhere, also when it is a word of SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A grantee as GRANT and REVOKE write it. */
export function grantee(name: string): string {
  return name === '' ? 'PUBLIC' : quoted(name)
}

/** A grantee as a sentence names it. */
export function spoken(name: string): string {
  return name === '' ? 'PUBLIC' : name
}

/** At most five names in a sentence. */
export function listed(names: readonly string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return `${names.slice(0, 5).join(', ')}${more}`
}

export function placeOf(relation: Relation): Place {
  const { kind, label } = relation
  if (kind === 'sequence') return { kind: 'sequence', label }
  return { kind: kind === 'view' || kind === 'materialized view' ? 'view' : 'table', label }
}

/** A role and every role that it can become, by whatever number of steps. */
export function climbOf(role: string, catalogue: Pick<Catalogue, 'roles' | 'server'>): ReadonlySet<string> {
  const byName = new Map(catalogue.roles.map(one => [one.name, one]))
  const found = new Set([role])
  for (const name of found) {
    for (const { role: next } of byName.get(name)?.memberOf ?? []) found.add(next)
    if (name === catalogue.server.databaseOwner) found.add('pg_database_owner')
  }
  return found
}

/** Whether a name of the kernel's own list stands for this login: the application's may be another one, when we are told so. */
export function standsFor(shipped: readonly string[], name: string, ground: Ground): boolean {
  const told = ground.appRolesHow === 'given' && ground.appRoles.some(role => role.name === name)
  return shipped.includes(name) || (told && shipped.includes('upheld_app'))
}

/**
 * Whether anybody can come into this database with the rights of a role: by logging in as it, or as a member of it. Roles
 * belong to the whole server, and one that is kept out of this database opens nothing here.
 */
export function canCome(role: string, { roles, server }: Catalogue): boolean {
  const climbing = new Set([role])
  for (const name of climbing) {
    for (const one of roles) if (one.memberOf.some(group => group.role === name)) climbing.add(one.name)
  }
  const invited = new Set(server.databaseGrants.filter(one => one.privilege === 'CONNECT').map(one => one.grantee))
  return roles.some(({ name, login, superuser }) => {
    if (!climbing.has(name) || !login) return false
    if (superuser || invited.has('') || name === server.databaseOwner) return true
    return [...climbOf(name, { roles, server })].some(one => invited.has(one))
  })
}

const appNames = new WeakMap<Ground, ReadonlySet<string>>()

/** Every name that a grant to the application may bear: its logins, what they can become, and PUBLIC (the empty name). */
export function namesOfApp(catalogue: Catalogue, ground: Ground): ReadonlySet<string> {
  const known = appNames.get(ground)
  if (known !== undefined) return known
  const names = new Set([''])
  for (const { name } of ground.appRoles) for (const one of climbOf(name, catalogue)) names.add(one)
  appNames.set(ground, names)
  return names
}

/** Grants of these privileges to the application that are no owner's own. */
export function grantsToApp(
  grants: readonly Grant[],
  owner: string,
  names: ReadonlySet<string>,
  privileges?: readonly string[],
): readonly Grant[] {
  return grants.filter(
    grant =>
      names.has(grant.grantee) &&
      grant.grantee !== owner &&
      (privileges === undefined || privileges.includes(grant.privilege)),
  )
}

/**
 * Takes grants back, one statement for each grantee. A right that somebody else than the owner gave is taken back in
 * that role's name, and what was handed on goes with it.
 * @param what as REVOKE writes it, such as `TABLE shop.invoice`
 */
export function revokes(what: string, owner: string, grants: readonly Grant[]): readonly string[] {
  const groups = new Map<string, Grant[]>()
  for (const grant of grants) {
    const key = JSON.stringify([grant.grantor, grant.grantee])
    groups.set(key, [...(groups.get(key) ?? []), grant])
  }
  return [...groups.values()].flatMap(group => {
    const [first] = group
    if (first === undefined) return []
    const rights = [...new Set(group.map(({ privilege }) => privilege))].join(', ')
    const cascade = group.some(({ grantable }) => grantable) ? ' CASCADE' : ''
    const revoke = `REVOKE ${rights} ON ${what} FROM ${grantee(first.grantee)}${cascade}`
    return first.grantor === owner ? [revoke] : [`SET ROLE ${quoted(first.grantor)}`, revoke, 'RESET ROLE']
  })
}

/** Row security does not bind it at all. */
export function isStrong(role: Role | undefined): boolean {
  return role !== undefined && (role.superuser || role.bypassesRowSecurity)
}

export function roleNamed(catalogue: Catalogue, name: string): Role | undefined {
  return catalogue.roles.find(role => role.name === name)
}

/** Whether the application may use what is in a schema. */
export function entersSchema(catalogue: Catalogue, names: ReadonlySet<string>, schema: string): boolean {
  const found = catalogue.schemas.find(({ name }) => name === schema)
  return found === undefined || found.grants.some(grant => grant.privilege === 'USAGE' && names.has(grant.grantee))
}
