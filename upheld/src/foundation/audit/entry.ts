import { createHash } from 'node:crypto'
import { canonicalJson } from '../../core/json.ts'
import type { Json, JsonObject } from '../../core/json.ts'
import { isObject, leafBytes } from '../../core/transparency/index.ts'
import { refuse } from './errors.ts'
import type { Waiting } from './store.ts'

/** An entry as its leaf says it, and what is looked for in it. */
interface Entry {
  readonly id: string
  readonly action: string
  readonly actorType: string
  readonly actorId: string
  /** Null where it says none, as in `outcome`. */
  readonly object: string | null
  readonly outcome: string | null
  /** `kind:identifier` of everything that it is about, each once. */
  readonly mentions: readonly string[]
  readonly bytes: Buffer
}

const type = 'upheld/audit@v1'
const mentionBytesMax = 512
/** What the recorder writes by itself. An `audit.key` that waited would have it sign that somebody else's key comes next. */
const neverWaits = new Set(['audit.key', 'audit.successor', 'anchor.heads'])

/** RFC 3339 in UTC with milliseconds. */
export function timeText(time: Date): string {
  return time.toISOString()
}

/**
 * The leaf of a waiting entry: canonical JSON (RFC 8785) of at most 16 KiB. `at` is when it happened: what an event claims,
 * or when the database saw the change. `received_at` is when the log took it in, by the clock of the database, and never
 * earlier than that of the entry before.
 * @throws audit.altered for a body that none of our functions can have written
 */
export function entryOf({ id, receivedAt, body }: Waiting, loggedAt: Date): Entry {
  const said: unknown = JSON.parse(body)
  if (!isJsonObject(said)) throw refuse.altered({ detail: `Entry ${id} waits with a body that is none.` })
  const leaf = { at: timeText(receivedAt), ...said, type, id, received_at: timeText(loggedAt) }
  const bytes = leafBytes(leaf) ?? leafBytes(shortened(leaf))
  const { actor, action, object, outcome } = said
  if (bytes === undefined || !isObject(actor) || typeof action !== 'string') {
    throw refuse.altered({ detail: `Entry ${id} waits with a body that no leaf can hold.` })
  }
  if (neverWaits.has(action)) throw refuse.altered({ detail: `Entry ${id} waits, and is none of those that do.` })
  return {
    id,
    action,
    actorType: textOf(actor['type']),
    actorId: textOf(actor['id']),
    object: typeof object === 'string' ? object : null,
    outcome: typeof outcome === 'string' ? outcome : null,
    mentions: mentionsIn(said),
    bytes,
  }
}

/** What is too long for a leaf goes by its digest; the functions of the database let nothing come to that. */
function shortened(leaf: JsonObject): JsonObject {
  const { detail, rows, targets, ...rest } = leaf
  const long = Object.entries({ detail, rows, targets }).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [[name, createHash('sha256').update(canonicalJson(value)).digest('base64')] satisfies [string, string]],
  )
  return { ...rest, dig: Object.fromEntries(long) }
}

function mentionsIn({ object, rows, targets }: JsonObject): readonly string[] {
  const found = new Set<string>()
  if (object !== undefined) for (const row of listOf(rows)) found.add(`${textOf(object)}:${textOf(row)}`)
  for (const target of listOf(targets)) {
    if (isObject(target)) found.add(`${textOf(target['type'])}:${textOf(target['id'])}`)
  }
  return [...found].filter(mention => Buffer.byteLength(mention) <= mentionBytesMax)
}

function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : []
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
