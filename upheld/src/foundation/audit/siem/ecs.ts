import { leafHashOf, type Entry } from '../search/index.ts'
import { sentenceOf, severityOf, verbOf, type Format, type Source, type Verb } from './format.ts'

/** The release of the Elastic Common Schema; vectors/siem holds what of it the documents are checked against. */
const schemaVersion = '9.4.0'

/** Types that the schema expects with category `api`, and with `database`, which knows fewer. */
const typeOfApi: Readonly<Record<Verb, string>> = {
  create: 'creation',
  read: 'access',
  update: 'change',
  delete: 'deletion',
  decrypt: 'access',
  other: 'info',
}
const typeOfDatabase: Readonly<Record<Verb, string>> = {
  create: 'change',
  read: 'access',
  update: 'change',
  delete: 'change',
  decrypt: 'access',
  other: 'info',
}

/** Elastic Common Schema, nested, as Elasticsearch takes it. */
export const ecs: Format = Object.freeze({
  name: 'ecs',
  media: 'application/x-ndjson',
  line: (entry, source) => JSON.stringify(documentOf(entry, source)),
} satisfies Format)

function documentOf(entry: Entry, source: Source): object {
  const { says } = entry
  return {
    '@timestamp': says.received_at,
    ecs: { version: schemaVersion },
    message: sentenceOf(entry),
    event: eventOf(entry),
    user: { id: says.actor.id, roles: [says.actor.type] },
    organization: { id: source.organization },
    observer: { vendor: 'Upheld', product: 'Upheld', version: source.version },
    related: { user: [says.actor.id] },
    ...(says.purpose === undefined ? {} : { service: { name: says.purpose } }),
    ...(says.request === undefined ? {} : { http: { request: { id: says.request } } }),
    labels: {
      log_origin: source.origin,
      ...(says.object === undefined ? {} : { object: says.object }),
      ...(says.rows_total === undefined ? {} : { rows_total: String(says.rows_total) }),
    },
  }
}

function eventOf(entry: Entry): object {
  const { says, index, text } = entry
  const verb = verbOf(says.action)
  const stored = says.object !== undefined && /^(row|sealed)\./.test(says.action)
  const denied = !stored && says.outcome === 'denied' ? ['denied'] : []
  return {
    kind: 'event',
    category: [stored ? 'database' : 'api'],
    type: [stored ? typeOfDatabase[verb] : typeOfApi[verb], ...denied],
    action: says.action,
    outcome: says.outcome === 'success' ? 'success' : 'failure',
    id: says.id,
    sequence: index,
    provider: 'upheld',
    module: 'upheld',
    dataset: 'upheld.audit',
    severity: severityOf(entry).cef,
    ...(says.outcome === 'denied' ? { reason: 'denied' } : {}),
    ...(says.at === undefined ? {} : { start: says.at }),
    hash: leafHashOf(entry),
    original: text,
  }
}
