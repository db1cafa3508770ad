import { z } from 'zod'
import { UpheldError } from '../../core/errors.ts'
import type { Tenancy } from '../../foundation/tenancy/index.ts'
import { endGrants } from '../support/index.ts'
import type { ReviewSource } from './source.ts'

const grantRows = z.array(
  z.object({ id: z.string(), staff_id: z.string(), writes: z.boolean(), starts_at: z.date(), expires_at: z.date() }),
)

/**
 * Grants of support that live at this moment, by the clock of the database, which is the one that lets in. They belong to
 * nobody in the organization, so any of its owners may decide. `platform` is what the application holds: staff reads
 * through it, and so it is tried.
 */
export function supportSource({ platform }: { readonly platform: Pick<Tenancy, 'organization'> }): ReviewSource {
  return {
    kind: 'support-grant',
    async list({ query }) {
      const rows = await query(
        `select g.id, g.staff_id, g.writes, g.starts_at, g.expires_at from upheld.support_grants() g
         where g.ended_at is null and clock_timestamp() between g.starts_at and g.expires_at order by g.id`,
      )
      return grantRows.parse(rows).map(row => ({
        access: `support-grant:${row.id}`,
        subject: `${row.id} ${row.staff_id}`,
        holder: null,
        privileged: true,
        facts: { staff: row.staff_id, writes: row.writes, ends: row.expires_at.toISOString() },
        usedAt: row.starts_at,
      }))
    },
    async end(tx, taken, { organization, now }) {
      await endGrants(
        tx,
        organization,
        taken.map(({ subject }) => subject.slice(0, 36)),
        now,
      )
    },
    async works({ id: organization }, { subject }) {
      const grant = { id: subject.slice(0, 36), writes: false }
      const staff = { type: 'staff', id: subject.slice(37), purpose: 'access-review', grant } as const
      try {
        await platform.organization(organization).as(staff).sql`select upheld.organization_id()`
        return true
      } catch (error) {
        if (error instanceof UpheldError && error.code === 'tenancy.no_grant') return false
        throw error
      }
    },
  }
}
