import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson, digestOf, type JsonObject } from '../../core/json.ts'
import type { Row } from '../../core/ports.ts'
import type { Organization, TransactionStatements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import { frozen, snapshotOf } from './snapshot.ts'

const time = z.iso.datetime({ precision: 3 })
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const lineForm = z.strictObject({
  n: z.int(),
  kind: z.string(),
  access: z.string(),
  subject: z.string(),
  holder: z.string().nullable(),
  privileged: z.boolean(),
  restored: z.boolean(),
  facts: z.record(z.string(), z.json()),
  used_at: time.nullable(),
  reviewer: z.string().nullable(),
  decision: z.enum(['keep', 'remove']),
  how: z.enum(['reviewer', 'operator', 'silence']),
  decided_by: z.string().nullable(),
  decided_at: time,
  reason: z.string().nullable(),
  outcome: z.enum(['kept', 'removed', 'not-removed']),
  failure: z.string().nullable(),
  tried: z.enum(['refused', 'works']).nullable(),
})
type RecordLine = z.output<typeof lineForm>

const countsForm = z.strictObject({
  lines: z.int(),
  kept: z.int(),
  removed: z.int(),
  not_removed: z.int(),
  still_work: z.int(),
  silent: z.int(),
  unanswered: z.int(),
})

/** The whole of a review, as it is kept and handed on. No names of people: members are pseudonyms here too. */
const recordForm = z.strictObject({
  format: z.literal('upheld/access-review@v1'),
  organization: z.uuid(),
  review: z.uuid(),
  opened_at: time,
  opened_by: z.string(),
  due_at: time,
  closed_at: time,
  unanswered: z.enum(['keep', 'remove']),
  snapshot: digest,
  /** The record before this one. */
  previous: digest.nullable(),
  lines: z.array(lineForm),
  counts: countsForm,
  complete: z.boolean(),
})
export type ReviewRecord = z.output<typeof recordForm>
type Unsealed = Omit<ReviewRecord, 'closed_at' | 'counts' | 'complete'>

export interface VerifiedRecord {
  /** Empty when all of it holds. */
  readonly problems: readonly string[]
  /** What has to stand in the audit log of the organization, in an entry `review.closed`. */
  readonly digest: string
  readonly complete: boolean
  readonly record: ReviewRecord | undefined
}

/**
 * Recomputes everything that a record says of itself, with nothing but its text. That it is the one of that time says the
 * audit log, whose entry has the same digest.
 */
export function verifyReview(text: string): VerifiedRecord {
  const read = recordForm.safeParse(parsed(text))
  const known = digestOfText(text)
  const canonical = read.success ? canonicalOf(read.data) : undefined
  if (!read.success || canonical === undefined)
    return { problems: ['It is no record of a review.'], digest: known, complete: false, record: undefined }
  const record = read.data
  const { lines, opened_at: opened, closed_at: closed } = record
  const problems: string[] = []
  const hold = (right: boolean, problem: string): void => {
    if (!right) problems.push(problem)
  }
  hold(canonical === text, 'It is not written as it was sealed.')
  hold(snapshotOf(lines.map(frozenOf)) === record.snapshot, 'What it says was found is not what was found.')
  hold(canonicalJson(countsOf(lines)) === canonicalJson(record.counts), 'Its numbers are not those of its lines.')
  hold(completeOf(lines) === record.complete, 'It says of itself that it counts, or not, and that is wrong.')
  hold(
    lines.every(({ holder, decided_by: by }) => holder === null || holder !== by),
    'Somebody decided about their own access.',
  )
  hold(
    lines.every(
      ({ how, decided_by: by, reason }) => (how === 'silence') === (by === null) && (by === null || reason !== null),
    ),
    'A decision has nobody who made it, or no reason.',
  )
  hold(
    lines.every(
      ({ decision, outcome, tried, how, privileged }) =>
        (decision === 'keep') === (outcome === 'kept') &&
        (decision === 'keep') === (tried === null) &&
        !(how === 'silence' && privileged && decision === 'keep'),
    ),
    'What came of a decision is not what was decided.',
  )
  hold(
    lines.every(({ decided_at: at }) => opened <= at && at <= closed),
    'A decision was made before the review began, or after it was closed.',
  )
  return { problems, digest: known, complete: completeOf(lines), record }
}

/** A review counts when people decided, everything was answered, and what was taken away is away. */
function completeOf(lines: readonly RecordLine[]): boolean {
  const { lines: all, not_removed: left, still_work: working, unanswered } = countsOf(lines)
  return all > 0 && left === 0 && working === 0 && unanswered === 0 && lines.some(({ how }) => how !== 'silence')
}

function countsOf(lines: readonly RecordLine[]): ReviewRecord['counts'] {
  const count = (of: (line: RecordLine) => boolean): number => lines.filter(of).length
  return {
    lines: lines.length,
    kept: count(({ outcome }) => outcome === 'kept'),
    removed: count(({ outcome }) => outcome === 'removed'),
    not_removed: count(({ outcome }) => outcome === 'not-removed'),
    still_work: count(({ decision, tried }) => decision === 'remove' && tried !== 'refused'),
    silent: count(({ how }) => how === 'silence'),
    unanswered: count(({ how, decision }) => how === 'silence' && decision === 'keep'),
  }
}

/** The record of a review that was settled and tried, with all that closing adds. */
export function sealRecord(unsealed: Unsealed, closedAt: Date) {
  const { lines } = unsealed
  const [counts, complete] = [countsOf(lines), completeOf(lines)]
  const record: ReviewRecord = { ...unsealed, closed_at: closedAt.toISOString(), counts, complete }
  return { text: canonicalJson(record), digest: digestOf(record), complete, counts }
}

export async function readRecord(
  tx: Pick<TransactionStatements, 'sql'>,
  { id: organization }: Pick<Organization, 'id'>,
  review: string,
): Promise<Unsealed> {
  const [row] = await tx.sql<ReviewRow>`
    select r.opened_at, r.opened_by, r.due_at, r.unanswered, r.snapshot, (select p.digest from upheld_access.review p
      where p.organization_id = ${organization} and p.state = 'closed' order by p.opened_at desc limit 1) as previous
    from upheld_access.review r where r.organization_id = ${organization} and r.id = ${review}`
  if (row === undefined) throw refuse.not_found()
  const lines = await tx.sql`
    select n, kind, access, subject, holder, privileged, restored, facts, used_at, reviewer, decision, how, decided_by,
      decided_at, reason, outcome, failure, tried
    from upheld_access.review_item where organization_id = ${organization} and review_id = ${review} order by n`
  return {
    format: 'upheld/access-review@v1',
    organization,
    review,
    opened_at: row.opened_at.toISOString(),
    opened_by: row.opened_by,
    due_at: row.due_at.toISOString(),
    unanswered: row.unanswered,
    snapshot: row.snapshot,
    previous: row.previous,
    lines: z.array(lineForm).parse(lines.map(plainLine)),
  }
}

/** Times as texts, as the record has them. */
function plainLine(line: Row): object {
  return Object.fromEntries(
    Object.entries(line).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  )
}

interface ReviewRow {
  readonly opened_at: Date
  readonly opened_by: string
  readonly due_at: Date
  readonly unanswered: 'keep' | 'remove'
  readonly snapshot: string
  readonly previous: string | null
}

function frozenOf({ used_at: usedAt, ...line }: RecordLine): JsonObject {
  return frozen({ ...line, usedAt: usedAt === null ? null : new Date(usedAt) })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Undefined for half a character and for numbers beyond all, which JSON can spell and a record never has. */
function canonicalOf(record: ReviewRecord): string | undefined {
  try {
    return canonicalJson(record)
  } catch {
    return undefined
  }
}

/** The text is canonical, so its digest is the record's. */
function digestOfText(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
