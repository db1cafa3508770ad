import { declareRoutes, type DeclaredRoute } from 'upheld'
import { access, roles } from '../access/permissions.ts'
import { refuse } from '../errors.ts'
import type { Route } from '../http/route.ts'
import { examples } from './examples.ts'

/** An API key that may do everything that a key can be given, and one whose maker may do nothing any more. */
export const keyRole = 'key'
export const bareKeyRole = 'bare key'
/** Somebody on a customer's own site whom nobody knows. */
export const visitorRole = 'visitor'

/**
 * The mounted routes as Upheld attacks them. Who may use one is read from the table of permissions, and nowhere else.
 * @throws access.undeclared_route where one says no permission, or one that is not defined
 * @throws desk.undeclared_route where one has no example, or an example has no route
 */
export function declaredRoutes(mounted: readonly Route[]): readonly DeclaredRoute[] {
  declareRoutes(access, mounted)
  const names = mounted.map(nameOf)
  const missing = names.filter(name => !Object.hasOwn(examples, name))
  const idle = Object.keys(examples).filter(name => !names.includes(name))
  if (missing.length > 0 || idle.length > 0) throw refuse.undeclared_route({ detail: [...missing, ...idle].join(', ') })
  return mounted.map(route => ({
    method: route.method,
    path: route.path,
    roles: rolesFor(route),
    ...(route.surface === 'page' && route.permission !== 'public' ? { permission: route.permission } : {}),
    ...examples[nameOf(route)],
  }))
}

function rolesFor({ surface, permission }: Route): DeclaredRoute['roles'] {
  if (permission === 'public') return 'public'
  if (surface === 'widget') return [visitorRole]
  if (surface === 'api') return access.permissions[permission].keys ? [keyRole] : []
  return roles.filter(role => access.roles[role]?.includes(permission) === true)
}

function nameOf({ method, path }: Route): string {
  return `${method} ${path}`
}
