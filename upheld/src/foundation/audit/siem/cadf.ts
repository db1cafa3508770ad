import { leafHashOf, type Entry } from '../search/index.ts'
import { verbOf, type Format, type Source, type Verb } from './format.ts'

/** Words of the action taxonomy of CADF (DMTF DSP0262, annex A.3). */
const actions: Readonly<Record<Verb, string>> = {
  create: 'create',
  read: 'read',
  update: 'update',
  delete: 'delete',
  decrypt: 'read',
  other: 'unknown',
}

/** Cloud Auditing Data Federation, event schema 1.0 (DMTF DSP0262). Who: initiator; on what: target; who saw it: observer. */
export const cadf: Format = Object.freeze({
  name: 'cadf',
  media: 'application/x-ndjson',
  line: (entry, source) => JSON.stringify(eventOf(entry, source)),
} satisfies Format)

function eventOf(entry: Entry, source: Source): object {
  const { says, index } = entry
  return {
    typeURI: 'http://schemas.dmtf.org/cloud/audit/1.0/event',
    id: says.id,
    eventType: 'activity',
    eventTime: says.received_at,
    action: actions[verbOf(says.action)],
    outcome: says.outcome === 'success' ? 'success' : 'failure',
    ...(says.outcome === 'denied' ? { reason: { reasonType: 'upheld', reasonCode: 'denied' } } : {}),
    initiator: { id: says.actor.id, typeURI: initiatorOf(says.actor.type) },
    target: targetOf(entry, source),
    observer: { id: source.origin, typeURI: 'service/security' },
    attachments: [
      { name: 'action', contentType: 'text/plain', content: says.action },
      { name: 'sequence', contentType: 'text/plain', content: String(index) },
      { name: 'leaf', contentType: 'application/json', content: entry.text },
      { name: 'leaf-hash', contentType: 'text/plain', content: leafHashOf(entry) },
    ],
  }
}

function initiatorOf(type: string): string {
  return ['member', 'visitor', 'staff', 'operator'].includes(type) ? 'data/security/account/user' : 'service/security'
}

/** An event of CADF has one target; the rest stands in the leaf that goes with it. */
function targetOf({ says: { object, targets = [] } }: Entry, source: Source): object {
  if (object !== undefined) return { id: object, typeURI: 'data/database/table' }
  const [first] = targets
  return first === undefined ? { id: source.organization, typeURI: 'data' } : { id: first.id, typeURI: 'data' }
}
