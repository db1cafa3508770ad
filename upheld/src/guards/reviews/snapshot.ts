import { createHash, randomUUID } from 'node:crypto'
import { canonicalJson, type JsonObject } from '../../core/json.ts'
import type { Statements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import { ownersOf, type Ground } from './roll.ts'
import type { Finding, ReviewSource } from './source.ts'

/** One line of a review, as it is frozen when the review begins. */
interface Line extends Finding {
  readonly id: string
  /** From 1, in the order of the sources. */
  readonly n: number
  readonly kind: string
  /** Taken away by an earlier review, and here again. */
  readonly restored: boolean
  readonly reviewer: string | null
}

/** What one review can hold. */
const linesMax = 100_000

/** Everything that the sources find, in their order: one statement each at most. */
export async function collect(
  tx: Pick<Statements, 'query'>,
  sources: readonly ReviewSource[],
  ground: Ground,
): Promise<readonly (Finding & { readonly kind: string })[]> {
  const found: (Finding & { readonly kind: string })[] = []
  for (const source of sources) {
    for (const finding of await source.list(tx, ground)) found.push({ ...finding, kind: source.kind })
  }
  if (found.length > linesMax) throw refuse.too_much({ detail: `${found.length} lines; at most ${linesMax}.` })
  return found
}

/**
 * Who reviews what. Access with privileges is for owners, the rest for the reviewers that were named, in turn; nobody gets
 * what is their own. What nobody in the organization may review has no reviewer: the operator says what it knows.
 */
export function assign(
  found: readonly (Finding & { readonly kind: string })[],
  { ground, reviewers, restored }: Assignment,
): readonly Line[] {
  const owners = ownersOf(ground)
  let turn = 0
  return found.map((finding, at) => {
    const candidates = (finding.privileged ? owners : reviewers).filter(id => id !== finding.holder)
    const others = candidates.length > 0 ? candidates : owners.filter(id => id !== finding.holder)
    return {
      ...finding,
      id: randomUUID(),
      n: at + 1,
      restored: restored.has(finding.access),
      reviewer: others[turn++ % Math.max(1, others.length)] ?? null,
    }
  })
}

interface Assignment {
  readonly ground: Ground
  readonly reviewers: readonly string[]
  /** Words of access that earlier reviews took away. */
  readonly restored: ReadonlySet<string>
}

/** What of a line was found, apart from who decides it and how. */
export function frozen(line: Omit<Line, 'id' | 'reviewer' | 'usedAt'> & { readonly usedAt: Date | null }): JsonObject {
  const { n, kind, access, subject, holder, privileged, restored, facts, usedAt } = line
  return { n, kind, access, subject, holder, privileged, restored, facts, used_at: usedAt?.toISOString() ?? null }
}

/**
 * Of all that was found, in its order: nothing can be added, taken out or changed afterwards without being seen. SHA-256 over
 * the canonical JSON of each line and a line feed, after a line that says what this is.
 */
export function snapshotOf(lines: readonly JsonObject[]): string {
  const digest = createHash('sha256').update('upheld/access-review-snapshot@v1\n')
  for (const line of lines) digest.update(`${canonicalJson(line)}\n`)
  return `sha256:${digest.digest('hex')}`
}

/** One statement, however many there are. */
export async function writeLines(
  { query }: Pick<Statements, 'query'>,
  organization: string,
  review: string,
  lines: readonly Line[],
): Promise<void> {
  const column = <T>(of: (line: Line) => T): readonly T[] => lines.map(of)
  await query(
    `insert into upheld_access.review_item
       (organization_id, review_id, id, n, kind, access, subject, holder, privileged, restored, facts, used_at, reviewer)
     select $1, $2, * from unnest($3::uuid[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::boolean[],
       $10::boolean[], $11::jsonb[], $12::timestamptz[], $13::uuid[])`,
    [
      organization,
      review,
      column(line => line.id),
      column(line => line.n),
      column(line => line.kind),
      column(line => line.access),
      column(line => line.subject),
      column(line => line.holder),
      column(line => line.privileged),
      column(line => line.restored),
      column(line => JSON.stringify(line.facts)),
      column(line => line.usedAt),
      column(line => line.reviewer),
    ],
  )
}
