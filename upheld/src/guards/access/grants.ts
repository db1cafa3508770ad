import type { CheckedDefinition } from './problems.ts'
import type { AccessSet } from './set.ts'

/** An answer as a value: a no says which code to refuse with, and what is missing. */
export type Granting =
  | { readonly allowed: true }
  | {
      readonly allowed: false
      readonly code: 'only_owner' | 'beyond_own' | 'outlives_own' | 'unknown_role' | 'unknown_permission'
      /** Names of the permissions or roles that it is about. */
      readonly missing: readonly string[]
    }

export interface Grants {
  /**
   * Whether somebody may give these roles to another: for changes of roles and for invitations, there once more when they
   * are accepted. All that the roles give must be in the giver's own set, and there by a role: what somebody has only for
   * a time cannot be given for good. Only an owner gives `owner`.
   */
  mayGrant(granter: AccessSet, roles: readonly string[]): Granting
  /** Whether somebody may give one permission until then (ms of wall time). */
  mayGrantPermission(granter: AccessSet, permission: string, untilMs: number): Granting
  /** Whether all of these are in the set: scopes of a key in its maker's. */
  permissionsWithin(permissions: readonly string[], within: AccessSet | readonly string[]): boolean
}

const yes: Granting = Object.freeze({ allowed: true })

export function grants({ permissions, roles }: Pick<CheckedDefinition, 'permissions' | 'roles'>): Grants {
  const no = (code: Exclude<Granting, { allowed: true }>['code'], missing: readonly string[]): Granting =>
    Object.freeze({ allowed: false, code, missing })

  return {
    mayGrant(granter, given) {
      const unknown = given.filter(role => !Object.hasOwn(roles, role))
      if (unknown.length > 0) return no('unknown_role', unknown)
      if (given.includes('owner') && !granter.roles.includes('owner')) return no('only_owner', ['owner'])
      const all = [...new Set(given.flatMap(role => roles[role] ?? []))]
      const lacking = all.filter(permission => !granter.may(permission))
      if (lacking.length > 0) return no('beyond_own', lacking)
      const ending = all.filter(permission => granter.heldUntilMs(permission) !== Infinity)
      return ending.length > 0 ? no('outlives_own', ending) : yes
    },
    mayGrantPermission(granter, permission, untilMs) {
      if (!Object.hasOwn(permissions, permission)) return no('unknown_permission', [permission])
      if (!granter.may(permission)) return no('beyond_own', [permission])
      // Not `>`: a time that is none must not pass.
      return untilMs <= granter.heldUntilMs(permission) ? yes : no('outlives_own', [permission])
    },
    permissionsWithin(wanted, within) {
      const has = 'may' in within ? (name: string) => within.may(name) : (name: string) => within.includes(name)
      return wanted.every(has)
    },
  }
}
