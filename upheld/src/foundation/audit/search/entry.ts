import { hash } from 'node:crypto'
import { z } from 'zod'
import { refuse } from './errors.ts'

const pair = z.looseObject({ type: z.string(), id: z.string() })
const moment = z.iso.datetime({ offset: true })

/** What a leaf says, as far as it is shown. A later release may add members: they stay in the leaf's own text. */
const leafForm = z.looseObject({
  type: z.literal('upheld/audit@v1'),
  id: z.string().min(1),
  action: z.string().min(1),
  actor: pair,
  purpose: z.string().optional(),
  object: z.string().optional(),
  rows: z.array(z.json()).optional(),
  rows_total: z.number().int().min(0).optional(),
  targets: z.array(pair).optional(),
  outcome: z.enum(['success', 'failure', 'denied']),
  at: moment.optional(),
  received_at: moment,
  request: z.string().optional(),
  detail: z.record(z.string(), z.json()).optional(),
  com: z.record(z.string(), z.string()).optional(),
  dig: z.record(z.string(), z.string()).optional(),
})

/** The first leaf of a log that takes the place of one that was lost with its database. It names no actor. */
const successorForm = z.looseObject({
  type: z.literal('upheld/successor@v1'),
  received_at: moment,
  predecessor: z.string(),
})

export type Leaf = Readonly<z.infer<typeof leafForm>>

/** One entry of an organization's log, at its place. */
export interface Entry {
  /** From 0, without gap: the place in the log. */
  readonly index: number
  /** The leaf itself, canonical JSON: what the hash is of. */
  readonly text: string
  readonly says: Leaf
}

/** @throws audit_search.unreadable with the index */
export function entryOf(index: number, bytes: Uint8Array): Entry {
  const text = new TextDecoder().decode(bytes)
  const given = parsed(text)
  const read = leafForm.safeParse(given)
  const says = read.data ?? successor(given, text)
  if (says === undefined) throw refuse.unreadable({ detail: `Entry ${index}.`, cause: read.error })
  return Object.freeze({ index, text, says })
}

/** As an entry among others. Its name is its hash: it stands at one place and says where it comes from. */
function successor(given: unknown, text: string): Leaf | undefined {
  const read = successorForm.safeParse(given).data
  if (read === undefined) return undefined
  return {
    type: 'upheld/audit@v1',
    id: hash('sha256', text).slice(0, 32),
    action: 'audit.successor',
    actor: { type: 'recorder', id: 'recorder' },
    purpose: 'a log that could not be continued',
    outcome: 'success',
    received_at: read.received_at,
    detail: { predecessor: read.predecessor },
  }
}

/** The hash of the leaf in its tree, base64: RFC 6962, section 2.1. */
export function leafHashOf({ text }: Entry): string {
  return hash('sha256', Buffer.concat([Buffer.of(0), Buffer.from(text)]), 'base64')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
