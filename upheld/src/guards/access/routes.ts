import type { Access } from './definition.ts'
import { refuse } from './errors.ts'
import type { AccessSet } from './set.ts'

/** What somebody needs: a permission; `member` for anybody who belongs to the organization; `public` for everybody. */
export type Need<P extends string = string> = P | 'member' | 'public'

/** A route as a router knows it. One whose need was forgotten has none. */
export interface RouteToDeclare<P extends string = string> {
  readonly method: string
  /** As it is mounted, such as `/tickets/:id`. */
  readonly path: string
  readonly permission?: Need<P>
}

/** One cell of the matrix: what has to happen when somebody with this role alone asks for this route. */
export interface RouteCell<P extends string = string> {
  readonly method: string
  readonly path: string
  readonly permission: Need<P>
  /** A role; `no role` for a member without one; `nobody` for who is not signed in. */
  readonly role: string
  readonly allowed: boolean
}

export interface DeclaredRoutes<P extends string = string> {
  readonly routes: readonly Required<RouteToDeclare<P>>[]
  /** Whether this set may use it; undefined stands for somebody who is not signed in. A route that is unknown: no. */
  may(route: { readonly method: string; readonly path: string }, set: AccessSet<P> | undefined): boolean
  /** Every route for every role, for a member without one, and for nobody. */
  matrix(now: Date): readonly RouteCell<P>[]
}

/**
 * Every route with the permission that it needs. Call it with all that is mounted, before anything listens.
 * @throws access.undeclared_route with every route that says none, says an unknown one, or is there twice
 */
export function declareRoutes<P extends string>(
  access: Access<P>,
  routes: readonly RouteToDeclare<P>[],
): DeclaredRoutes<P> {
  const isNeed = (name: string): name is Need<P> => name === 'public' || name === 'member' || access.isPermission(name)
  const byName = new Map<string, Required<RouteToDeclare<P>>>()
  const problems: string[] = []
  for (const { method, path, permission } of routes) {
    const name = nameOf({ method, path })
    if (permission === undefined) problems.push(`${name} says no permission.`)
    else if (!isNeed(permission)) problems.push(`${name} needs ${String(permission)}, which is not defined.`)
    else if (byName.has(name)) problems.push(`${name} is there twice.`)
    else byName.set(name, Object.freeze({ method, path, permission }))
  }
  if (problems.length > 0) throw refuse.undeclared_route({ detail: problems.join(' ') })
  const declared = Object.freeze([...byName.values()])
  const answer = (need: Need<P>, set: AccessSet<P> | undefined): boolean => {
    if (need === 'public') return true
    if (set === undefined) return false
    return need === 'member' ? set.inPerson : set.may(need)
  }
  return Object.freeze({
    routes: declared,
    may(route: { readonly method: string; readonly path: string }, set: AccessSet<P> | undefined) {
      const found = byName.get(nameOf(route))
      return found !== undefined && answer(found.permission, set)
    },
    matrix(now: Date) {
      const withRoles = (roles: readonly string[]) =>
        access.setOf({ memberId: 'matrix', roles, overrides: [], suspended: false }, now)
      const sets: readonly (readonly [string, AccessSet<P> | undefined])[] = [
        ...Object.keys(access.roles).map(role => [role, withRoles([role])] as const),
        ['no role', withRoles([])],
        ['nobody', undefined],
      ]
      return declared.flatMap(route =>
        sets.map(([role, set]) => ({ ...route, role, allowed: answer(route.permission, set) })),
      )
    },
  })
}

function nameOf({ method, path }: { readonly method: string; readonly path: string }): string {
  return `${method.toUpperCase()} ${path}`
}
