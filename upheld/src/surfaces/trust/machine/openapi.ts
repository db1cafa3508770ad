import { z } from 'zod'
import type { Json, JsonObject } from '../../../core/json.ts'
import { feedSchema } from '../feed.ts'
import { operations, type Operation } from './operations.ts'

/** Version of the addresses and of what they say; it grows when something is added, and nothing is ever taken away. */
const version = '1.0.0'

/** The description of the public API, OpenAPI 3.1. Made from the same table that a test holds the routes against. */
export function openApi(origin: string, title: string): JsonObject {
  return {
    openapi: '3.1.1',
    info: {
      title: `${title.toWellFormed()}: public API`,
      version,
      summary: 'What the security page says, and the evidence for it, for programs.',
      description:
        'Everything here is public and only read: there is no key, no cookie and no account. Every address takes GET and HEAD, and answers any other method with 405 and Allow. Copies have to be asked about before each use (Cache-Control: no-cache) and are answered with 304 when they are current. Take nothing as promised unless in_place or published is true, judge expires_at by your own clock, and treat an answer that you did not get as unproven.',
    },
    servers: [{ url: origin }],
    security: [],
    tags: ['For people', 'For programs', 'The evidence log'].map(name => ({ name })),
    paths: Object.fromEntries(operations.map(one => [one.path, { get: operationOf(one) }])),
    components: { schemas, parameters, headers, responses },
  }
}

function operationOf(one: Operation): JsonObject {
  const { parameters: names = [] } = one
  return {
    operationId: one.id,
    tags: [one.tag],
    summary: one.summary,
    ...(names.length === 0 ? {} : { parameters: names.map(name => ref('parameters', name)) }),
    responses: {
      200: {
        description: one.summary,
        headers: headersOf(one),
        content: { [one.type]: { schema: ref('schemas', one.schema ?? 'Text') } },
      },
      304: ref('responses', 'Current'),
      ...Object.fromEntries(one.statuses.map(status => [String(status), refusalOf(one, status)])),
    },
  }
}

function refusalOf({ type, path }: Operation, status: 404 | 503): Json {
  if (type === 'image/svg+xml' && status === 404) return ref('responses', 'NoSuchBadge')
  const machine = /\.(json|atom|svg)$/.test(path)
  return ref('responses', `${status === 404 ? 'Missing' : 'Unread'}${machine ? '' : 'Page'}`)
}

function headersOf({ tagged, dated, forever, open, id }: Operation): JsonObject {
  return {
    ETag: ref('headers', tagged === 'weak' ? 'WeakETag' : 'ETag'),
    'Cache-Control': ref('headers', forever === true ? 'Forever' : 'AskAgain'),
    ...(dated === true ? { 'Last-Modified': ref('headers', 'LastModified') } : {}),
    ...(open ? { 'Access-Control-Allow-Origin': ref('headers', 'AnyOrigin') } : {}),
    ...(id === 'getFeed' ? { Link: ref('headers', 'DescribedBy') } : {}),
  }
}

function ref(kind: string, name: string): JsonObject {
  return { $ref: `#/components/${kind}/${name}` }
}

/** Without its dialect, which is the one of the description. */
function feedObject(): JsonObject {
  const schema = z.record(z.string(), z.json()).parse(z.toJSONSchema(feedSchema))
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema'))
}

const schemas: JsonObject = {
  Feed: feedObject(),
  Schema: { type: 'object', description: 'A JSON Schema, draft 2020-12.' },
  Description: { type: 'object', required: ['openapi', 'info', 'paths'] },
  Bundle: { type: 'object', description: 'Key, checkpoint and every leaf of the log.' },
  Text: { type: 'string' },
  Bytes: { type: 'string', format: 'binary' },
  Refusal: {
    type: 'object',
    required: ['error'],
    additionalProperties: false,
    properties: {
      error: {
        type: 'object',
        required: ['code', 'message'],
        additionalProperties: false,
        properties: {
          code: { type: 'string', description: 'A stable code.', pattern: '^[a-z]+\\.[a-z_]+$' },
          message: { type: 'string' },
        },
      },
    },
  },
}

function inPath(name: string, says: string, pattern: string, example: string): JsonObject {
  return { name, in: 'path', required: true, description: says, schema: { type: 'string', pattern }, example }
}

const parameters: JsonObject = {
  claim: { ...inPath('claim', 'Id of a claim, as the feed has it.', '^.+$', 'isolation.rows') },
  script: inPath('script', 'Name of a file.', '^[a-z]+\\.js$', 'page.js'),
  entry: inPath('entry', 'Place of an entry in the log, from 0.', '^(0|[1-9][0-9]{0,8})$', '0'),
  level: inPath(
    'level',
    'Level of the tile; `entries` for the entries themselves.',
    '^(\\d|[1-5]\\d|6[0-3]|entries)$',
    '0',
  ),
  thousands: inPath(
    'thousands',
    'The thousands of its number; larger numbers have more such folders.',
    '^x\\d{3}$',
    'x001',
  ),
  tile: inPath('tile', 'The last three digits of its number.', '^\\d{3}$', '000'),
  width: inPath('width', 'How many of its 256 hashes are there.', '^([1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])$', '1'),
  before: {
    name: 'before',
    in: 'query',
    description: 'Only entries of the log with a smaller number: the next, older page. Anything else is a 404.',
    schema: { type: 'string', pattern: '^\\d{1,15}$' },
  },
}

const text: JsonObject = { type: 'string' }
const headers: JsonObject = {
  ETag: { description: 'Strong validator of these bytes.', schema: text },
  WeakETag: { description: 'Weak: the same while nothing but the moment of reading differs.', schema: text },
  LastModified: { description: 'When it changed last; absent for a minute after a change.', schema: text },
  AskAgain: { description: 'A stored copy has to be asked about before each use.', schema: { const: 'no-cache' } },
  Forever: { description: 'These bytes stand here for ever.', schema: text },
  AnyOrigin: { description: 'Pages of any origin may read this.', schema: { const: '*' } },
  DescribedBy: { description: 'Where the schema of the feed is.', schema: text },
  RetryAfter: { description: 'Seconds.', schema: { const: '60' } },
}

const responses: JsonObject = {
  Current: { description: 'The copy that was asked about is current.' },
  Missing: { description: 'There is nothing at this address.', content: refused() },
  MissingPage: { description: 'There is nothing at this address.', content: { 'text/html': { schema: text } } },
  NoSuchBadge: {
    description: 'There is no such claim. The image says so.',
    content: { 'image/svg+xml': { schema: text } },
  },
  Unread: {
    description: 'The record cannot be read and was never read before: nothing is promised.',
    headers: { 'Retry-After': ref('headers', 'RetryAfter') },
    content: refused(),
  },
  UnreadPage: {
    description: 'The record cannot be read and was never read before: nothing is promised.',
    headers: { 'Retry-After': ref('headers', 'RetryAfter') },
    content: { 'text/html': { schema: text } },
  },
}

function refused(): JsonObject {
  return { 'application/json': { schema: ref('schemas', 'Refusal') } }
}
