import type { DeclaredRoute } from 'upheld'
import { permissions, roles, scopes } from '../access/permissions.ts'
import { refuse } from '../errors.ts'
import type { Route } from '../http/route.ts'
import { examples } from './examples.ts'

/** An API key that may do everything that a key can be given, and one that may do nothing. */
export const keyRole = 'key'
export const bareKeyRole = 'bare key'

/**
 * The mounted routes as Upheld attacks them.
 * @throws desk.undeclared_route where one has no example, or an example has no route
 */
export function declaredRoutes(mounted: readonly Route[]): readonly DeclaredRoute[] {
  const names = mounted.map(nameOf)
  const missing = names.filter(name => !Object.hasOwn(examples, name))
  const idle = Object.keys(examples).filter(name => !names.includes(name))
  if (missing.length > 0 || idle.length > 0) throw refuse.undeclared_route({ detail: [...missing, ...idle].join(', ') })
  return mounted.map(route => ({
    method: route.method,
    path: route.path,
    roles: rolesFor(route),
    ...examples[nameOf(route)],
  }))
}

function rolesFor({ surface, permission }: Route): DeclaredRoute['roles'] {
  if (permission === 'public') return 'public'
  const granted: readonly string[] = permissions[permission]
  if (surface === 'page') return roles.filter(role => granted.includes(role))
  return scopes.some(scope => scope === permission) ? [keyRole] : []
}

function nameOf({ method, path }: Route): string {
  return `${method} ${path}`
}
