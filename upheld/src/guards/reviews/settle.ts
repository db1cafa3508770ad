import { z } from 'zod'
import type { Organization, TransactionStatements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import { tellReviewers } from './letters.ts'
import type { ReviewPorts } from './ports.ts'
import { ownersOf, readGround } from './roll.ts'
import type { ReviewSource, Taken } from './source.ts'

interface Settled {
  readonly state: 'escalated' | 'settled' | 'closed'
  readonly dueAt: Date
}

interface Live {
  readonly state: 'open' | 'escalated' | 'settled' | 'closed'
  readonly due_at: Date
  readonly escalate_days: number
  readonly unanswered: 'keep' | 'remove'
}

/**
 * What was decided is done, in one transaction: all of it or nothing, also when the process dies in between. What has
 * privileges and was not answered for is taken away; what has none goes to the owners once, and then to the default
 * of the organization. Twice is once.
 * @throws reviews.not_found; undecided when its time is not over and something is open
 */
export async function settle(ports: ReviewPorts, organization: Organization, review: string): Promise<Settled> {
  const now = ports.clock.now()
  if (!z.uuid().safeParse(review).success) throw refuse.not_found()
  return organization.transaction(async tx => {
    const [live] = await tx.sql<Live>`
      select state, due_at, escalate_days, unanswered from upheld_access.review
      where organization_id = ${organization.id} and id = ${review} for update`
    if (live === undefined) throw refuse.not_found()
    const { state, due_at: dueAt } = live
    if (state === 'settled' || state === 'closed') return { state, dueAt }
    const over = dueAt.getTime() <= now.getTime()
    const open = await countOpen(tx, organization, review)
    if (!over && open > 0) throw refuse.undecided()
    if (over)
      await answerForSilence(tx, organization, review, { now, plain: state === 'open' ? undefined : live.unanswered })
    await takeAway(tx, ports.sources, organization, { review, now })
    const left = await countOpen(tx, organization, review)
    if (left > 0) {
      const later = new Date(now.getTime() + live.escalate_days * 86_400_000)
      await escalate(tx, ports, organization, { review, now })
      await tx.sql`
        update upheld_access.review set state = 'escalated', due_at = ${later}, reminded_at = null
        where organization_id = ${organization.id} and id = ${review}`
      await tellReviewers(tx, organization, 'review-escalated', { review, dueAt: later, now })
      return { state: 'escalated', dueAt: later }
    }
    await tx.sql`
      update upheld_access.review set state = 'settled', settled_at = ${now}
      where organization_id = ${organization.id} and id = ${review}`
    return { state: 'settled', dueAt }
  })
}

async function countOpen(tx: TransactionStatements, organization: Organization, review: string): Promise<number> {
  const [row] = await tx.sql<{ open: number }>`
    select count(*)::integer as open from upheld_access.review_item
    where organization_id = ${organization.id} and review_id = ${review} and decision is null`
  return row?.open ?? 0
}

/** `plain` is what becomes of access without privileges; undefined leaves it to the owners. */
async function answerForSilence(
  tx: TransactionStatements,
  organization: Organization,
  review: string,
  { now, plain }: { readonly now: Date; readonly plain: 'keep' | 'remove' | undefined },
): Promise<void> {
  await tx.sql`
    update upheld_access.review_item set how = 'silence', decided_at = ${now},
      decision = case when privileged then 'remove' else ${plain ?? null} end
    where organization_id = ${organization.id} and review_id = ${review} and decision is null
      and (privileged or ${plain !== undefined}::boolean)`
}

async function takeAway(
  tx: TransactionStatements,
  sources: readonly ReviewSource[],
  organization: Organization,
  { review, now }: { readonly review: string; readonly now: Date },
): Promise<void> {
  await tx.sql`
    update upheld_access.review_item set outcome = 'kept'
    where organization_id = ${organization.id} and review_id = ${review} and decision = 'keep' and outcome is null`
  const rows = await tx.sql<Taken & { readonly id: string; readonly kind: string }>`
    select id, kind, access, subject from upheld_access.review_item
    where organization_id = ${organization.id} and review_id = ${review} and decision = 'remove' and outcome is null order by n`
  const failures = new Map<string, string>()
  for (const kind of new Set([...sources.map(source => source.kind), ...rows.map(row => row.kind)])) {
    const source = sources.find(one => one.kind === kind)
    const taken = rows.filter(row => row.kind === kind)
    if (taken.length === 0) continue
    const end = (some: typeof taken): Promise<string | undefined> =>
      source === undefined
        ? Promise.resolve('no_source')
        : attempt(tx, () => source.end(tx, some, { organization: organization.id, now }))
    // All at once; when the database refuses some of them, one by one, to know which.
    if ((await end(taken)) === undefined) continue
    for (const one of taken) {
      const failure = await end([one])
      if (failure !== undefined) failures.set(one.id, failure)
    }
  }
  await tx.sql`
    update upheld_access.review_item i set failure = f.failure,
      outcome = case when f.failure is null then 'removed' else 'not-removed' end
    from unnest(${rows.map(({ id }) => id)}::uuid[], ${rows.map(({ id }) => failures.get(id) ?? null)}::text[]) f (id, failure)
    where i.organization_id = ${organization.id} and i.id = f.id`
}

/** Undefined when it was done; otherwise why the database would not, in a word of ours. */
async function attempt(tx: TransactionStatements, work: () => Promise<void>): Promise<string | undefined> {
  await tx.savepoint('removal')
  try {
    await work()
    await tx.release('removal')
    return undefined
  } catch (error) {
    await tx.rollbackTo('removal')
    const said = error instanceof Error ? /upheld: ([a-z_]+)/.exec(error.message)?.[1] : undefined
    // Rows that somebody else holds, a connection that was lost: not an answer. The whole is tried again later.
    if (said === undefined) throw error
    return said
  }
}

/** What was not answered goes to the owners, to each but their own. */
async function escalate(
  tx: TransactionStatements,
  { access }: ReviewPorts,
  organization: Organization,
  { review, now }: { readonly review: string; readonly now: Date },
): Promise<void> {
  const owners = ownersOf(await readGround(tx, { organization: organization.id, access, now }))
  await tx.sql`
    update upheld_access.review_item i set reviewer = (
      select o.id from unnest(${owners}::uuid[]) with ordinality o (id, place)
      where o.id is distinct from i.holder order by (o.place + i.n) % ${Math.max(1, owners.length)}::integer limit 1)
    where i.organization_id = ${organization.id} and i.review_id = ${review} and i.decision is null`
}
