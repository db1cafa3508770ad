import type { JsonObject } from '../../core/json.ts'
import type { OrganizationId } from '../../core/ids.ts'

/** What an application records by itself, beside the changes of rows, which are recorded without it. */
export interface Event {
  /** `thing.verb`, such as `session.started`: lower case, dots, at most 80 characters. */
  readonly action: string
  /** What it was done to: kind and identifier, at most 20, no names of people. */
  readonly targets?: readonly { readonly type: string; readonly id: string }[]
  readonly outcome?: 'success' | 'failure' | 'denied'
  /** When the caller says that it happened; the database adds when it was received. */
  readonly at?: Date
  /** Facts without personal data: strings, whole numbers, booleans; at most 4 KiB of canonical JSON. */
  readonly detail?: JsonObject
  /** Personal values by name, such as `ip`: the log holds a salted commitment to each, so that it can be erased. */
  readonly personal?: Readonly<Record<string, string>>
}

/** One row of `upheld_audit.pending`: committed with the change that it records, not yet in its log. */
export interface Pending {
  /** UUIDv7. */
  readonly id: string
  readonly organization: OrganizationId
  /** When the database received it. */
  readonly receivedAt: Date
  /** The entry as its leaf will say it, without index. */
  readonly body: JsonObject
}
