import { recordEvent } from '../../foundation/audit/index.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { TransactionStatements } from '../../foundation/tenancy/index.ts'
import type { Finding } from './source.ts'

/**
 * What reviews took away and is here again, whoever gave it back and however. Each is told once as an event, and stands in
 * the next review as restored until a review keeps it.
 */
export async function restoredAmong(
  tx: Pick<TransactionStatements, 'sql' | 'query'>,
  organization: OrganizationId,
  found: readonly (Finding & { readonly kind: string })[],
  now: Date,
): Promise<ReadonlySet<string>> {
  // Of each access the last that a review did with it.
  const rows = await tx.sql<{ access: string; told: boolean }>`
    select access, told from (
      select distinct on (i.access) i.access, i.outcome, i.restored_at is not null as told
      from upheld_access.review_item i join upheld_access.review r on r.organization_id = i.organization_id and r.id = i.review_id
      where i.organization_id = ${organization} and i.outcome is not null and i.access in (
        select t.access from upheld_access.review_item t where t.organization_id = ${organization} and t.outcome = 'removed')
      order by i.access, r.opened_at desc
    ) last where outcome = 'removed'`
  if (rows.length === 0) return new Set()
  const away = new Map(rows.map(({ access, told }) => [access, told]))
  const back = found.filter(({ access }) => away.has(access))
  const untold = back.filter(({ access }) => away.get(access) === false)
  if (untold.length > 0) {
    await tx.sql`
      update upheld_access.review_item set restored_at = ${now}
      where organization_id = ${organization} and outcome = 'removed' and restored_at is null
        and access = any (${untold.map(({ access }) => access)})`
    await recordEvent(tx, {
      action: 'review.restored',
      outcome: 'failure',
      targets: untold.slice(0, 20).map(({ kind, subject }) => ({ type: kind, id: subject })),
      detail: { lines: untold.length },
    })
  }
  return new Set(back.map(({ access }) => access))
}
