import { clean, type Cleaned, type Given, type Kind } from './log-values.ts'

/**
 * Everything that a log line can say. A line is an event of this table and the fields that the table gives it, each of
 * a kind that cannot carry what somebody sent. There is no free text: what the table has no field for is not logged.
 */
const events = {
  /** One answer. The route is its pattern: the address, the query, headers, cookies and bodies have no field. */
  'request.answered': {
    level: 'info',
    fields: {
      method: 'method',
      route: 'declared',
      status: 'status',
      duration_ms: 'count',
      code: 'code',
      reference: 'declared',
    },
  },
  /** A handler threw. Where in the code, and what kind of fault; never its text. */
  'request.failed': {
    level: 'error',
    fields: {
      method: 'method',
      route: 'declared',
      status: 'status',
      code: 'code',
      reference: 'declared',
      fault: 'fault',
      system: 'system',
      at: 'places',
    },
  },
  /** Bytes that were no request: no handler met them. */
  'request.unread': { level: 'info', fields: { status: 'status', system: 'system' } },
  /** A page of ours could not be shown. */
  'page.failed': { level: 'error', fields: { code: 'code', fault: 'fault', system: 'system', at: 'places' } },
  /** The audit logs could not be written; it is tried again, unless they do not hold. */
  'recording.failed': { level: 'error', fields: { code: 'code', fault: 'fault', system: 'system', at: 'places' } },
  'process.started': { level: 'info', fields: { pid: 'count' } },
  'process.stopped': { level: 'info', fields: {} },
  'process.died': { level: 'error', fields: { code: 'code', fault: 'fault', system: 'system', at: 'places' } },
  'child.started': { level: 'info', fields: { child: 'process', pid: 'count' } },
  'child.ended': { level: 'error', fields: { child: 'process', again_ms: 'count' } },
  'job.failed': {
    level: 'error',
    fields: { job: 'declared', code: 'code', fault: 'fault', system: 'system', at: 'places' },
  },
  'claim.ran': {
    level: 'info',
    fields: { claim: 'declared', verdict: 'verdict', observations: 'count', duration_ms: 'count' },
  },
  /** Lines that a full disk kept from being written. */
  'log.lost': { level: 'error', fields: { lines: 'count' } },
} as const satisfies Readonly<Record<string, Shape>>

interface Shape {
  readonly level: 'info' | 'error'
  readonly fields: Readonly<Record<string, Kind>>
}

export type LogEvent = keyof typeof events
type FieldsOf<E extends LogEvent> = (typeof events)[E]['fields']

/** The fields of one event. A value of another kind does not compile, and is dropped when it comes all the same. */
export type LogFields<E extends LogEvent> = {
  readonly [F in keyof FieldsOf<E>]?: FieldsOf<E>[F] extends Kind ? Given<FieldsOf<E>[F]> | undefined : never
}

/** Where a process writes down what it did. Never throws, and never waits for anything but a local disk. */
export interface Log {
  write<E extends LogEvent>(event: E, fields: LogFields<E>): void
}

/** A line as it may be written. */
interface SafeLine {
  readonly event: LogEvent
  readonly level: 'info' | 'error'
  readonly fields: Readonly<Record<string, Cleaned>>
  /** Fields that were given and are not written. */
  readonly dropped: number
}

/**
 * What may be written of what was given: the fields of the table, and of them only what is of their kind. Undefined for
 * an event that the table does not have. Types say the same; this holds against a caller that goes around them.
 */
export function safeLine(event: unknown, given: unknown): SafeLine | undefined {
  const name = typeof event === 'string' && isEvent(event) ? event : undefined
  if (name === undefined) return undefined
  const { level, fields: kinds }: Shape = events[name]
  const fields: Record<string, Cleaned> = {}
  let [meant, kept] = [0, 0]
  for (const [field, value] of ownEntries(given)) {
    if (value === undefined) continue
    meant += 1
    const kind = Object.hasOwn(kinds, field) ? kinds[field] : undefined
    const cleaned = kind === undefined ? undefined : clean(kind, value)
    if (cleaned === undefined) continue
    fields[field] = cleaned
    kept += 1
  }
  return Object.freeze({ event: name, level, fields: Object.freeze(fields), dropped: meant - kept })
}

function isEvent(name: string): name is LogEvent {
  return Object.hasOwn(events, name)
}

/** Plain data only: a getter or a proxy could say one thing to the check and another to the writer. */
function ownEntries(given: unknown): readonly (readonly [string, unknown])[] {
  if (typeof given !== 'object' || given === null) return []
  try {
    return Object.entries(Object.getOwnPropertyDescriptors(given)).flatMap(([name, property]) =>
      // What is asked for by a call, and not there to be read, is dropped and counted.
      property.enumerable === true ? [[name, 'value' in property ? property.value : null] as const] : [],
    )
  } catch {
    return []
  }
}
