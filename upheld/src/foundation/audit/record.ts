import { z } from 'zod'
import { canonicalJson } from '../../core/json.ts'
import { leafBytes } from '../../core/transparency/index.ts'
import type { Statements } from '../tenancy/index.ts'
import { refuse } from './errors.ts'
import type { Event } from './ports.ts'

/** What whoever recorded an event can hold against the log: there the entry has to be, that soon after. */
export interface Receipt {
  /** UUIDv7 of the entry. */
  readonly id: string
  readonly receivedAt: Date
  /** The promised merge delay. */
  readonly mergeDelaySecs: number
}

const text = (max: number) => z.string().min(1).max(max)
const eventForm = z.strictObject({
  action: text(80),
  targets: z
    .array(z.strictObject({ type: text(80), id: text(200) }))
    .max(20)
    .optional(),
  outcome: z.enum(['success', 'failure', 'denied']).optional(),
  at: z.date().optional(),
  detail: z.record(z.string(), z.json()).optional(),
  personal: z.record(z.string(), z.string()).optional(),
})
const answers = z.array(
  z.object({ receipt: z.object({ id: z.uuid(), received_at: z.iso.datetime(), merge_delay_secs: z.int() }) }),
)
const detailBytesMax = 4096
/** An event, its detail, and eight levels of it. */
const depthMax = 10

/**
 * Records an event of the application in the transaction of the given statements: it commits with them or not at all.
 * Actions that begin with `row`, `sealed`, `key`, `audit`, `log`, `anchor`, `upheld` or `support` are Upheld's own.
 * @throws audit.bad_event, audit.reserved_action
 */
export function recordEvent(statements: Pick<Statements, 'query'>, event: Event): Promise<Receipt> {
  return recorded(statements, 'select upheld.record($1::json) as receipt', event)
}

/**
 * Records what Upheld itself did over the login of the application: `sealed.*` and `key.*`.
 * @throws audit.bad_event, audit.reserved_action
 */
export function recordOwnEvent(statements: Pick<Statements, 'query'>, event: Event): Promise<Receipt> {
  return recorded(statements, 'select upheld.note_event($1::json) as receipt', event)
}

/**
 * Records what staff is about to do, and what became of a grant: `support.*`.
 * @throws audit.bad_event, audit.reserved_action
 */
export function recordSupportEvent(statements: Pick<Statements, 'query'>, event: Event): Promise<Receipt> {
  return recorded(statements, 'select upheld.note_support($1::json) as receipt', event)
}

async function recorded({ query }: Pick<Statements, 'query'>, text: string, event: Event): Promise<Receipt> {
  const rows = await translated(() => query(text, [eventText(event)]))
  const [answer] = answers.parse(rows)
  if (answer === undefined) throw refuse.bad_event({ detail: 'The database gave no receipt.' })
  const { id, received_at, merge_delay_secs } = answer.receipt
  return Object.freeze({ id, receivedAt: new Date(received_at), mergeDelaySecs: merge_delay_secs })
}

function eventText(event: Event): string {
  if (!isText(event, depthMax))
    throw refuse.bad_event({ detail: 'A text has half a character or a NUL, or it is too deep.' })
  const parsed = eventForm.safeParse(event)
  if (!parsed.success) throw refuse.bad_event({ detail: z.prettifyError(parsed.error).replaceAll('\n', ' ') })
  const { at, detail, personal, targets, action, outcome } = event
  if (detail !== undefined && (leafBytes(detail)?.length ?? Infinity) > detailBytesMax) {
    throw refuse.bad_event({ detail: 'A detail has whole numbers below 2^53 and at most 4 KiB.' })
  }
  return canonicalJson({
    action,
    ...(targets === undefined ? {} : { targets: targets.map(({ type, id }) => ({ type, id })) }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(at === undefined ? {} : { at: at.toISOString() }),
    ...(detail === undefined ? {} : { detail }),
    ...(personal === undefined ? {} : { personal }),
  })
}

/** Whether every text in it can be stored and hashed, at most so many levels deep. */
function isText(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.entries(value).every(([key, item]) => isText(key, depth) && isText(item, depth - 1))
}

/** The database looks at every event again: it does not rest on this process. */
async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const fault = cause instanceof Error ? /upheld: (bad_event|reserved_action)/.exec(cause.message)?.[1] : undefined
    if (!(cause instanceof Error) || fault === undefined) throw cause
    const detail = 'detail' in cause && typeof cause.detail === 'string' ? cause.detail : 'The database refused it.'
    if (fault === 'reserved_action') throw refuse.reserved_action({ detail, cause })
    throw refuse.bad_event({ detail, cause })
  }
}
