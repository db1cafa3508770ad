import type { Access } from '../../guards/access/index.ts'
import type { DeclaredRoute } from '../../routes.ts'
import { accountRoutes } from './account/account.ts'
import { confirmRoutes } from './account/confirm.ts'
import { emailRoutes } from './account/email.ts'
import { factorRoutes } from './account/factors.ts'
import { neededRoutes } from './account/needed.ts'
import { forgotRoutes } from './door/forgot.ts'
import { signInRoutes } from './door/sign-in.ts'
import { signUpRoutes } from './door/sign-up.ts'
import { exceptionRoutes } from './organization/exception-acts.ts'
import { invitationRoutes } from './organization/invitation.ts'
import { invitationsRoutes } from './organization/invitations.ts'
import { memberRoutes } from './organization/member.ts'
import { membersRoutes } from './organization/members.ts'
import { organizationsRoutes } from './organization/organizations.ts'
import { rolesRoutes } from './organization/roles.ts'
import { rulesRoutes } from './organization/rules.ts'
import { passkeyRoutes } from './passkeys/passkeys.ts'
import type { PeopleParts } from './ports.ts'
import { programRoutes, routesOfVisitors } from './programs/routes.ts'
import { reviewRoutes } from './reviews/reviews.ts'
import type { Route } from './route.ts'
import { staffRoutes } from './staff/staff.ts'
import { supportRoutes } from './support/support.ts'

/** Every page that a person meets before an application and beside it. */
export const peopleRoutes: readonly Route[] = [
  ...signInRoutes,
  ...signUpRoutes,
  ...forgotRoutes,
  ...accountRoutes,
  ...neededRoutes,
  ...confirmRoutes,
  ...factorRoutes,
  ...emailRoutes,
  ...passkeyRoutes,
  ...programRoutes,
  ...organizationsRoutes,
  ...invitationRoutes,
  ...membersRoutes,
  ...memberRoutes,
  ...exceptionRoutes,
  ...invitationsRoutes,
  ...rolesRoutes,
  ...rulesRoutes,
  ...supportRoutes,
  ...staffRoutes,
  ...reviewRoutes,
]

/** What answers: visitors are let in only where the application says what they may do. */
export function mountedRoutes({ visitors }: Pick<PeopleParts, 'visitors'>): readonly Route[] {
  return visitors === undefined ? peopleRoutes : [...peopleRoutes, ...routesOfVisitors]
}

/** The role of `furnish` for a member without any. */
export const noRole = 'no role'

/** The same as routes that are attacked, beside those of the application. */
export function declaredRoutes({
  access,
  visitors,
}: Pick<PeopleParts, 'access' | 'visitors'>): readonly DeclaredRoute[] {
  return mountedRoutes({ visitors }).map(route => ({
    method: route.method,
    path: route.path,
    house: true as const,
    roles: rolesOf(route, access),
    // Where the permission is not all that it takes, the roles say it.
    ...(route.at === 'organization' && route.works === undefined ? { permission: route.permission } : {}),
    ...(route.method === 'POST' && route.at !== 'program' ? { form: {} } : {}),
    // Before an organization is entered there is nothing of one; other claims are about those pages.
    ...(['door', 'inside', 'staff'].includes(route.at) ? { apart: true as const } : {}),
    ...(typeof route.example === 'function' ? route.example(access) : route.example),
  }))
}

function rolesOf(route: Route, access: Access): DeclaredRoute['roles'] {
  const members = Object.keys(access.roles)
  switch (route.at) {
    case 'door':
      return 'public'
    case 'inside':
      return [...members, noRole]
    case 'staff':
      // People of the operator are in no organization: a walk from one to another knows none of them.
      return []
    case 'program':
      return route.role === undefined ? 'public' : [route.role]
    case 'organization': {
      const { permission, works = () => true } = route
      const permitted = (role: string): boolean =>
        permission === 'member' || access.roles[role]?.includes(permission) === true
      return [...members, ...(permission === 'member' ? [noRole] : [])].filter(role => permitted(role) && works(role))
    }
  }
}
