/** What a permission says of itself. */
export interface PermissionRule {
  /** What it lets somebody do, for people, 3 to 200 characters. */
  readonly says: string
  /** Whoever has it is asked for a second factor, and reviewed as privileged. */
  readonly privileged?: boolean
  /** Whether staff of the operator may be granted it by a customer: never unless told, to read, or to write. */
  readonly staff?: 'never' | 'read' | 'write'
  /** Whether an API key may have it as a scope: only when told so. */
  readonly keys?: boolean
}

/**
 * What Upheld's own pages and stores ask for. Every definition has them; an application only says which roles do. None of
 * them can be given to staff or to an API key.
 */
export const housePermissions = Object.freeze({
  'organization.members.read': { says: 'See the members, their roles and their exceptions.' },
  'organization.members.invite': { says: 'Invite people.', privileged: true },
  'organization.members.roles': { says: 'Change the roles of others.', privileged: true },
  'organization.members.overrides': { says: 'Give others a permission for a time, or take one.', privileged: true },
  'organization.members.remove': { says: 'Suspend and remove members.', privileged: true },
  'organization.keys': { says: 'Make and revoke API keys.', privileged: true },
  'organization.sign-in': { says: 'Set up single sign-on and directory sync.', privileged: true },
  'organization.settings': { says: 'Change the name and the rules of the organization.', privileged: true },
  'organization.support': { says: 'Let staff of the operator in, and end it.', privileged: true },
  'organization.reviews': { says: 'Begin access reviews and decide in them.', privileged: true },
  'organization.audit': { says: 'Read and export the audit log.', privileged: true },
} satisfies Readonly<Record<string, PermissionRule>>)

export type HousePermission = keyof typeof housePermissions

/** Names that begin with this word are the house's. */
export const houseWord = 'organization.'
