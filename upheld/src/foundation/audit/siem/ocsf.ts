import { leafHashOf, type Entry } from '../search/index.ts'
import { sentenceOf, severityOf, verbOf, type Format, type Source, type Verb } from './format.ts'

/** The schema that the events are written in; vectors/siem holds what of it they are checked against. */
const schemaVersion = '1.9.0'

const apiActivity = 6003
const datastoreActivity = 6005

const activityOfApi: Readonly<Record<Verb, number>> = {
  create: 1,
  read: 2,
  update: 3,
  delete: 4,
  decrypt: 2,
  other: 99,
}
const activityOfStore: Readonly<Record<Verb, number>> = {
  create: 6,
  read: 1,
  update: 2,
  delete: 7,
  decrypt: 10,
  other: 99,
}

/** 1 User, 2 Admin, 3 System, 4 Service, 99 Other. */
const userType: Readonly<Record<string, number>> = {
  member: 1,
  visitor: 1,
  staff: 2,
  operator: 2,
  application: 3,
  'api-key': 4,
}

/**
 * Open Cybersecurity Schema Framework. What was done to rows is a Datastore Activity, everything else an API Activity.
 * `raw_data` is the leaf itself, and the attestation of profile `record_integrity` its hash in the tree: whoever has the
 * event can look for it in a checkpoint without asking anybody.
 */
export const ocsf: Format = Object.freeze({
  name: 'ocsf',
  media: 'application/x-ndjson',
  line: (entry, source, before) => JSON.stringify(eventOf(entry, source, before)),
} satisfies Format)

interface Kind {
  readonly classUid: number
  readonly activity: number
  /** What the class asks for besides what all events have. */
  readonly own: object
}

function eventOf(entry: Entry, source: Source, before: Entry | undefined): object {
  const { says, text } = entry
  const { action, outcome, received_at: receivedAt } = says
  const { classUid, activity, own } = kindOf(entry)
  return {
    activity_id: activity,
    ...(activity === 99 ? { activity_name: action } : {}),
    category_uid: 6,
    class_uid: classUid,
    type_uid: classUid * 100 + activity,
    time: Date.parse(receivedAt),
    severity_id: severityOf(entry).ocsf,
    status_id: outcome === 'success' ? 1 : 2,
    status: outcome === 'success' ? 'Success' : 'Failure',
    status_code: outcome,
    message: sentenceOf(entry),
    metadata: metadataOf(entry, source),
    actor: actorOf(entry),
    src_endpoint: { svc_name: says.purpose ?? 'unknown' },
    ...own,
    raw_data: text,
    raw_data_size: Buffer.byteLength(text),
    attestation_list: [attestationOf(entry, source, before)],
    unmapped: {
      ...(says.purpose === undefined ? {} : { purpose: says.purpose }),
      ...(says.rows === undefined ? {} : { rows: says.rows }),
      ...(says.rows_total === undefined ? {} : { rows_total: says.rows_total }),
      ...(says.detail === undefined ? {} : { detail: says.detail }),
      ...(says.com === undefined ? {} : { commitments: says.com }),
    },
  }
}

function kindOf(entry: Entry): Kind {
  const { action, object, request, targets = [] } = entry.says
  const verb = verbOf(action)
  if (object !== undefined && /^(row|sealed)\./.test(action)) {
    const activity = activityOfStore[verb]
    return { classUid: datastoreActivity, activity, own: { type_id: 3, table: { name: object } } }
  }
  const resources = [
    ...(object === undefined ? [] : [{ name: object, role_id: 1 }]),
    ...targets.map(({ type, id }) => ({ type, uid: id, role_id: 1 })),
  ]
  const api = { operation: action, ...(request === undefined ? {} : { request: { uid: request } }) }
  return {
    classUid: apiActivity,
    activity: activityOfApi[verb],
    own: { api, ...(resources.length === 0 ? {} : { resources }) },
  }
}

function metadataOf({ index, says }: Entry, source: Source): object {
  return {
    version: schemaVersion,
    product: { name: 'Upheld', vendor_name: 'Upheld', version: source.version },
    profiles: ['record_integrity'],
    uid: says.id,
    original_event_uid: says.id,
    sequence: index,
    tenant_uid: source.organization,
    log_name: source.origin,
    log_format: 'JSON',
    log_version: says.type,
    event_code: says.action,
    ...(says.at === undefined ? {} : { original_time: says.at }),
    ...(says.request === undefined ? {} : { correlation_uid: says.request }),
  }
}

function actorOf({ says: { actor } }: Entry): object {
  const user = { uid: actor.id, type_id: userType[actor.type] ?? 99, type: actor.type }
  return actor.type === 'application' ? { app_uid: actor.id, user } : { user }
}

/** The hash is not of this event but of the leaf in `raw_data`, which is why its serialization is named as another. */
function fingerprintOf(entry: Entry): object {
  return {
    algorithm_id: 3,
    algorithm: 'SHA-256',
    encoding_id: 2,
    encoding: 'Base64',
    serialization_id: 99,
    serialization: 'RFC 6962 leaf: one zero byte, then raw_data',
    value: leafHashOf(entry),
  }
}

function attestationOf(entry: Entry, source: Source, before: Entry | undefined): object {
  return {
    uid: `${source.origin}#${entry.index}`,
    authority_uid: source.origin,
    chain_uid: source.origin,
    fingerprint: fingerprintOf(entry),
    ...(before === undefined
      ? {}
      : { prev_event: { uid: before.says.id, type_uid: typeUidOf(before), fingerprint: fingerprintOf(before) } }),
  }
}

function typeUidOf(entry: Entry): number {
  const { classUid, activity } = kindOf(entry)
  return classUid * 100 + activity
}
