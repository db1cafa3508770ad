import type { Organization } from '../../foundation/tenancy/index.ts'
import { tellReviewers } from './letters.ts'

/** Of two at once one tells. */
export async function remind(organization: Organization, now: Date): Promise<number> {
  return organization.transaction(async tx => {
    const told = await tx.sql<{ id: string; due_at: Date }>`
      update upheld_access.review set reminded_at = ${now}
      where organization_id = ${organization.id} and state in ('open', 'escalated') and reminded_at is null and due_at > ${now}
      returning id, due_at`
    for (const { id, due_at: dueAt } of told) {
      await tellReviewers(tx, organization, 'review-due', { review: id, dueAt, now })
    }
    return told.length
  })
}
