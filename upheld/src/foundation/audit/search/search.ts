import { UpheldError } from '../../../core/errors.ts'
import type { Organization, TransactionStatements } from '../../tenancy/index.ts'
import { filterNames, parseQuestion, readCursor, writeCursor, type Asked, type AuditQuestion } from './asked.ts'
import { entryOf, leafHashOf, type Entry, type Leaf } from './entry.ts'
import { refuse } from './errors.ts'
import { ownLogs, type OwnLog } from './logs.ts'

/** An entry as it is shown: where it stands, what it says, and the hash under which a checkpoint knows it. */
export interface AuditEntry {
  readonly origin: string
  readonly index: number
  /** Base64 of the RFC 6962 leaf hash. */
  readonly hash: string
  readonly says: Leaf
}

export interface AuditPage {
  /** The newest first. */
  readonly items: readonly AuditEntry[]
  /** Hand it back as `after`; null at the end. */
  readonly next: string | null
  /** How many entries the log has. What was done in the last seconds is not among them yet. */
  readonly size: number
  /** When the log was signed last; null before its first entry. */
  readonly signedAt: Date | null
}

/**
 * Searches the organization's own log, through its own handle: the database shows it no other. Pages are told by place
 * in the log, so that entries that arrive meanwhile move nothing. That somebody looked is an entry as well, in the same
 * transaction, with the number of entries that were shown and never the words that were looked for.
 * @throws audit_search.bad_search, bad_cursor, unreadable, no_grant
 */
export async function searchAudit(organization: Organization, question: AuditQuestion = {}): Promise<AuditPage> {
  const asked = parseQuestion(question)
  const place = asked.after === undefined ? undefined : readCursor(asked.after)
  return organization.transaction(async tx => {
    await tx.query(planEachTime)
    const logs = await ownLogs(tx, organization.id)
    const newest = logs.at(-1)
    if (place !== undefined && logs[place.log] === undefined) throw refuse.bad_cursor()
    const found: Found[] = []
    const begin = place?.log ?? logs.length - 1
    for (let at = begin; at >= 0 && found.length <= asked.limit; at--) {
      const log = logs[at]
      if (log === undefined) break
      const below = place?.log === at ? Math.min(place.below, log.size) : log.size
      const entries = await inOneLog(tx, { organizationId: organization.id, log, below, asked }, found.length)
      found.push(...entries.map(entry => ({ at, log, entry })))
    }
    const shown = found.slice(0, asked.limit)
    await noteReading(tx, 'audit.read', {
      entries: shown.length,
      filters: filterNames.filter(name => asked[name] !== undefined),
    })
    const last = shown.at(-1)
    return {
      items: shown.map(({ log, entry }) => ({
        origin: log.origin,
        index: entry.index,
        hash: leafHashOf(entry),
        says: entry.says,
      })),
      next:
        found.length > asked.limit && last !== undefined
          ? writeCursor({ log: last.at, below: last.entry.index })
          : null,
      size: newest?.size ?? 0,
      signedAt: newest?.signedAt ?? null,
    }
  })
}

/**
 * Writes down that the log was read. Commits with the reading.
 * @throws audit_search.no_grant for staff
 */
export async function noteReading(
  { query }: Pick<TransactionStatements, 'query'>,
  action: 'audit.read' | 'audit.export',
  about: Readonly<Record<string, string | number | readonly string[]>>,
): Promise<void> {
  try {
    await query('select upheld.note_reading($1, $2::json)', [action, JSON.stringify(about)])
  } catch (cause) {
    throw cause instanceof UpheldError && cause.code === 'tenancy.no_grant' ? refuse.no_grant({ cause }) : cause
  }
}

/** See search.sql. */
export const planEachTime = 'select upheld.plan_each_time()'

interface Found {
  readonly at: number
  readonly log: OwnLog
  readonly entry: Entry
}

interface Look {
  readonly organizationId: string
  readonly log: OwnLog
  readonly below: number
  readonly asked: Asked
}

async function inOneLog(tx: TransactionStatements, look: Look, already: number): Promise<Entry[]> {
  const { text, values } = statementFor(look, look.asked.limit + 1 - already)
  const rows = await tx.answer<{ readonly index: string; readonly bytes: Uint8Array }>(text, values)
  return rows.rows.map(({ index, bytes }) => entryOf(Number(index), bytes))
}

/**
 * One statement for one log. Each filter has an index that ends with the place in the log, so the newest that fit are
 * read and no more. A time is turned into places first: received_at never falls along a log. The organization is named
 * although the database would show no other.
 */
export function statementFor(
  { organizationId, log, below, asked }: Look,
  limit: number,
): { readonly text: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [organizationId, log.id, below, limit]
  const value = (given: unknown): string => `$${values.push(given)}`
  const equal = (column: string, given: unknown): string[] =>
    given === undefined ? [] : [`leaf.${column} = ${value(given)}`]
  const bound = (given: Date | undefined, sign: '>=' | '<', order: 'asc' | 'desc'): string[] =>
    given === undefined
      ? []
      : [
          `leaf.index ${sign === '<' ? '<=' : '>='} (
            select edge.index from upheld_audit.leaf edge
            where edge.organization_id = $1 and edge.log = $2 and edge.received_at ${sign} ${value(given.toISOString())}
            order by edge.received_at ${order}, edge.index ${order} limit 1)`,
        ]
  const conditions = [
    ...bound(asked.from, '>=', 'asc'),
    ...bound(asked.to, '<', 'desc'),
    ...equal('action', asked.action),
    ...equal('actor_id', asked.actorId),
    ...equal('actor_type', asked.actorType),
    ...equal('object', asked.object),
    // In words, so that the plan of a named statement may use the index over what did not go well.
    ...(asked.outcome === undefined ? [] : [`leaf.outcome = '${asked.outcome}'`]),
  ]
  const mentioned = asked.target === undefined ? undefined : value(asked.target)
  const from =
    mentioned === undefined
      ? 'upheld_audit.leaf'
      : `upheld_audit.mention join upheld_audit.leaf on leaf.log = mention.log and leaf.index = mention.index`
  const whose =
    mentioned === undefined
      ? ['leaf.organization_id = $1', 'leaf.log = $2', 'leaf.index < $3']
      : [
          'mention.organization_id = $1',
          `mention.target = ${mentioned}`,
          'mention.log = $2',
          'mention.index < $3',
          'leaf.organization_id = $1',
        ]
  const order = mentioned === undefined ? 'leaf.index' : 'mention.index'
  const text = `select leaf.index, leaf.bytes from ${from}
    where ${[...whose, ...conditions].join('\n      and ')}
    order by ${order} desc limit $4`
  return { text, values }
}
