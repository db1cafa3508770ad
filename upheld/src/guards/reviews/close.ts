import { recordEvent } from '../../foundation/audit/index.ts'
import type { Organization } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import type { ReviewPorts } from './ports.ts'
import { readRecord, sealRecord } from './record.ts'
import { settle } from './settle.ts'

export type Closing =
  | { readonly state: 'escalated'; readonly dueAt: Date }
  | {
      readonly state: 'closed'
      /** Whether it counts as a review. */
      readonly complete: boolean
      /** SHA-256 of the record, which stands in the audit log as well. */
      readonly digest: string
    }

/**
 * Three steps, each of which can be the last before a crash: what was decided is done; what was taken away is tried again;
 * the record is written, with its digest in the organization's own audit log, in one transaction. Whoever closes again goes
 * on where it ended.
 * @throws reviews.not_found, undecided
 */
export async function close(ports: ReviewPorts, organization: Organization, review: string): Promise<Closing> {
  const settled = await settle(ports, organization, review)
  if (settled.state === 'escalated') return { state: 'escalated', dueAt: settled.dueAt }
  if (settled.state === 'settled') await tryAgain(ports, organization, review)
  return seal(ports, organization, review)
}

/** What was taken away is tried as its holder would. Nothing is changed by it, so it may be done twice. */
async function tryAgain({ sources, clock }: ReviewPorts, organization: Organization, review: string): Promise<void> {
  const rows = await organization.sql<{ id: string; kind: string; access: string; subject: string }>`
    select id, kind, access, subject from upheld_access.review_item
    where organization_id = ${organization.id} and review_id = ${review} and decision = 'remove' and tried is null order by n`
  const tried = new Map<string, 'works' | 'refused'>()
  for (const row of rows) {
    const source = sources.find(one => one.kind === row.kind)
    // What nobody knows how to try is not known to be gone.
    const works = source === undefined || (await source.works(organization, row, clock.now()))
    tried.set(row.id, works ? 'works' : 'refused')
  }
  await organization.sql`
    update upheld_access.review_item i set tried = t.tried
    from unnest(${[...tried.keys()]}::uuid[], ${[...tried.values()]}::text[]) t (id, tried)
    where i.organization_id = ${organization.id} and i.id = t.id and i.tried is null`
}

async function seal({ clock }: ReviewPorts, organization: Organization, review: string): Promise<Closing> {
  return organization.transaction(async tx => {
    const [row] = await tx.sql<{ state: string; complete: boolean | null; digest: string | null }>`
      select state, complete, digest from upheld_access.review
      where organization_id = ${organization.id} and id = ${review} for update`
    if (row === undefined) throw refuse.not_found()
    const { complete: was, digest: known } = row
    if (was !== null && known !== null) return { state: 'closed', complete: was, digest: known }
    const closedAt = clock.now()
    const { text, digest, complete, counts } = sealRecord(await readRecord(tx, organization, review), closedAt)
    await tx.sql`
      update upheld_access.review set state = 'closed', closed_at = ${closedAt}, complete = ${complete}, record = ${text},
        digest = ${digest}
      where organization_id = ${organization.id} and id = ${review}`
    await recordEvent(tx, {
      action: 'review.closed',
      outcome: complete ? 'success' : 'failure',
      targets: [{ type: 'review', id: review }],
      detail: { digest, complete, ...counts },
    })
    return { state: 'closed', complete, digest }
  })
}
