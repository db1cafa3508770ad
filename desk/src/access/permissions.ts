/** Who may do what, all of it. A route names one of these or does not start; whatever is not listed is refused. */

export const roles = ['owner', 'admin', 'agent'] as const
export type Role = (typeof roles)[number]

const everyone = roles
const leads = ['owner', 'admin'] as const
const owners = ['owner'] as const

export const permissions = {
  'account.read': everyone,
  'account.write': owners,
  'conversation.read': everyone,
  'conversation.write': everyone,
  'contact.read': everyone,
  'contact.write': everyone,
  'contact.delete': leads,
  'merchant.read': everyone,
  'revenue.read': leads,
  'member.read': leads,
  'member.write': owners,
  'key.read': leads,
  'key.write': leads,
  'note.read': leads,
  'note.write': leads,
  'integration.read': leads,
  'integration.write': leads,
  'credential.read': owners,
  'activity.read': leads,
  'session.end': everyone,
} as const satisfies Readonly<Record<string, readonly Role[]>>

export type Permission = keyof typeof permissions

/** What an API key may be given. Keys, members and sessions stay in people's hands. */
export const scopes = [
  'account.read',
  'account.write',
  'conversation.read',
  'conversation.write',
  'contact.read',
  'contact.write',
  'contact.delete',
  'merchant.read',
  'revenue.read',
  'member.read',
  'activity.read',
] as const satisfies readonly Permission[]
export type Scope = (typeof scopes)[number]

/** Somebody who was recognized: a member by a session, or a program by a key. */
export type Principal =
  | { readonly kind: 'member'; readonly id: string; readonly name: string; readonly role: Role }
  | { readonly kind: 'key'; readonly id: string; readonly scopes: readonly string[] }

export function may(principal: Principal, permission: Permission): boolean {
  if (principal.kind === 'key') return principal.scopes.includes(permission)
  const granted: readonly Role[] = permissions[permission]
  return granted.includes(principal.role)
}
