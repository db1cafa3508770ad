import { defineAccess } from 'upheld'

/** Who may do what in the desk, all of it. A route names one of these or the desk does not start. */
export const access = defineAccess({
  permissions: {
    'account.read': { says: 'See the name and the plan of the account.', staff: 'read', keys: true },
    'account.write': { says: 'Rename the account.', privileged: true, keys: true },
    'conversation.read': { says: 'Read conversations and their files.', staff: 'read', keys: true },
    'conversation.write': {
      says: 'Begin conversations, hand them over and close them.',
      staff: 'write',
      keys: true,
    },
    'conversation.reply': { says: 'Answer customers and send them files.', keys: true },
    'contact.read': { says: 'See the people who write in.', staff: 'read', keys: true },
    'contact.write': { says: 'Add and change the people who write in.', staff: 'write', keys: true },
    'contact.delete': { says: 'Delete people who write in.', keys: true },
    'merchant.read': { says: 'See merchants.', staff: 'read', keys: true },
    'revenue.read': { says: 'See what a merchant earns.', keys: true },
    'member.read': { says: 'See the names of colleagues.', keys: true },
    'note.read': { says: 'Open the private note on a person.', privileged: true },
    'note.write': { says: 'Seal a new private note on a person.' },
    'integration.read': { says: 'See which shops are connected.', staff: 'read' },
    'integration.write': { says: 'Connect and disconnect shops.', privileged: true },
    'credential.read': { says: 'Open the access token of a shop.', privileged: true },
    'activity.read': { says: 'Look at the activity of the account.', keys: true },
    'visitor.vouch': { says: 'Say who a visitor of the widget is.', keys: true },
    'widget.read': { says: 'As a visitor of the widget: read one’s own conversations.' },
    'widget.write': { says: 'As a visitor of the widget: begin a conversation.' },
  },
  roles: {
    owner: 'all',
    admin: [
      'account.read',
      'conversation.read',
      'conversation.write',
      'conversation.reply',
      'contact.read',
      'contact.write',
      'contact.delete',
      'merchant.read',
      'revenue.read',
      'member.read',
      'note.read',
      'note.write',
      'integration.read',
      'integration.write',
      'activity.read',
      'visitor.vouch',
      'organization.members.read',
      'organization.members.invite',
      'organization.members.roles',
      'organization.members.overrides',
      'organization.members.remove',
      'organization.keys',
      'organization.settings',
      'organization.support',
      'organization.reviews',
      'organization.audit',
    ],
    agent: [
      'account.read',
      'conversation.read',
      'conversation.write',
      'conversation.reply',
      'contact.read',
      'contact.write',
      'merchant.read',
    ],
    /** Looks at everything that is no secret, and changes nothing. */
    auditor: [
      'account.read',
      'conversation.read',
      'contact.read',
      'merchant.read',
      'revenue.read',
      'member.read',
      'integration.read',
      'activity.read',
      'organization.members.read',
      'organization.reviews',
      'organization.audit',
    ],
  },
  resources: {
    contact: {
      id: { read: 'contact.read' },
      name: { read: 'contact.read', write: 'contact.write' },
      email: { read: 'contact.read', write: 'contact.write' },
      phone: { read: 'contact.read', write: 'contact.write' },
      merchant_id: { read: 'contact.read', write: 'contact.write' },
      merchant_name: { read: 'contact.read' },
      visitor: { read: 'contact.read' },
      note: { read: 'note.read', write: 'note.write' },
      created_at: { read: 'contact.read' },
    },
    merchant: {
      id: { read: 'merchant.read' },
      name: { read: 'merchant.read' },
      website: { read: 'merchant.read' },
      currency: { read: 'merchant.read' },
      created_at: { read: 'merchant.read' },
      revenue: { read: 'revenue.read', holds: 'json' },
    },
  },
})

export type Permission = keyof typeof access.permissions

/** The roles of a member, as the desk defines them. */
export const roles = Object.keys(access.roles)

/** Everything that an API key can be given. */
export const scopes = permissionNames().filter(name => access.permissions[name].keys)

function permissionNames(): Permission[] {
  return Object.keys(access.permissions).filter((name): name is Permission => access.isPermission(name))
}
