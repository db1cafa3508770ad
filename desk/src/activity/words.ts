import type { AuditEntry } from 'upheld'

/** The audit log in the words of the people who use the desk. What has no word here is shown as it is. */

/** Kinds of deeds, by the action that the log knows them under. */
export const deeds: Readonly<Record<string, string>> = {
  'row.insert': 'Added',
  'row.update': 'Changed',
  'row.delete': 'Deleted',
  'row.truncate': 'Emptied',
  'sealed.open': 'Opened a secret',
  'key.made': 'Made an encryption key',
  'key.activated': 'Changed an encryption key',
  'key.retired': 'Retired an encryption key',
  'key.rewrapped': 'Wrapped an encryption key anew',
  'key.floor-raised': 'Refused older encryption keys from now on',
  'key.destroyed': 'Destroyed an encryption key',
  'key.refused-below-floor': 'Refused an encryption key of before',
  'audit.read': 'Looked at the activity',
  'audit.export': 'Took the activity along',
  'audit.key': 'New key of the log',
  'access.roles-changed': 'Changed roles',
  'access.override-added': 'Made an exception',
  'access.override-withdrawn': 'Took an exception back',
  'access.refused': 'Tried to give more than they may',
  'api-key.leaked': 'Reported a leaked API key',
  'support.requested': 'Asked to help',
  'support.peer-agreed': 'Agreed that a colleague helps',
  'support.declined': 'Declined help',
  'support.began': 'Let support in',
  'support.statement': 'Asked for rows',
  'support.object': 'Opened files',
  'support.ended': 'Ended support',
  'support.reported': 'Reported on support',
  'support.glass-broken': 'Came in without being asked',
  'support.reviewed': 'Reviewed an emergency',
  'review.opened': 'Began an access review',
  'review.closed': 'Closed an access review',
  'review.restored': 'Gave back what a review took',
}

/** Tables, and what one and several of their rows are called. */
export const things: Readonly<Record<string, readonly [one: string, several: string]>> = {
  'desk.conversation': ['conversation', 'conversations'],
  'desk.message': ['message', 'messages'],
  'desk.attachment': ['attachment', 'attachments'],
  'desk.contact': ['contact', 'contacts'],
  'desk.merchant': ['merchant', 'merchants'],
  'desk.merchant_revenue': ['month of revenue', 'months of revenue'],
  'desk.integration': ['integration', 'integrations'],
  'desk.member': ['name of a member', 'names of members'],
  'desk.account': ['account', 'accounts'],
  'upheld_access.account': ['rule of the account', 'rules of the account'],
  'upheld_access.member': ['member', 'members'],
  'upheld_access.override': ['exception', 'exceptions'],
  'upheld_access.invitation': ['invitation', 'invitations'],
  'upheld_access.api_key': ['API key', 'API keys'],
  'upheld_access.visitor_origin': ['page for visitors', 'pages for visitors'],
  'upheld_access.support_request': ['request of support', 'requests of support'],
}

/** Kinds of actors besides members, who have names. */
export const actors: Readonly<Record<string, string>> = {
  member: 'A member',
  'api-key': 'An API key',
  visitor: 'A visitor',
  staff: 'Staff',
  operator: 'The operator',
  application: 'The desk itself',
  recorder: 'The log itself',
  login: 'A database login',
}

/** Such as `Changed 3 conversations`. */
export function deedOf({ says }: AuditEntry): string {
  const { action, object, rows_total: total = 1 } = says
  const [one, several] = things[object ?? ''] ?? [object ?? '', `rows of ${object ?? ''}`]
  const what = object === undefined ? '' : total === 1 ? ` ${withArticle(one)}` : ` ${total} ${several}`
  const deed = deeds[action]
  if (action === 'sealed.open') return total === 1 ? 'Opened a secret' : `Opened ${total} secrets`
  return deed === undefined ? `${action}${what}` : `${deed}${what}`
}

function withArticle(thing: string): string {
  return `${/^[aeiouA]/.test(thing) ? 'an' : 'a'} ${thing}`
}

/** The name of whoever did it, where the desk knows one. */
export function actorOf({ says: { actor } }: AuditEntry, names: ReadonlyMap<string, string>): string {
  return names.get(actor.id) ?? actors[actor.type] ?? actor.type
}
