import { z } from 'zod'
import { UpheldError } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import { enterThrough, type EntranceParts } from '../identity/index.ts'

const personRows = z.array(z.object({ person_id: z.string() }))

/**
 * Whether a member is let in, asked at the very door that sessions take: with a session that could not be stronger, up to
 * the step where it would become theirs. Nothing is entered, and no last use is written.
 */
export function entranceTrial(
  parts: Omit<EntranceParts, 'staff'>,
): (organization: OrganizationId, memberId: string) => Promise<boolean> {
  return async (organization, memberId) => {
    const rows = await parts.tenancy.organization(organization).sql`
      select person_id from upheld_access.member where organization_id = ${organization} and id = ${memberId}`
    const [member] = personRows.parse(rows)
    if (member === undefined) return false
    const now = parts.clock.now()
    const session = {
      id: 'access-review',
      personId: member.person_id,
      startedAt: now,
      provenAt: now,
      expiresAt: new Date(now.getTime() + 60_000),
      methods: ['passkey'] as const,
    }
    try {
      // Who is no member is refused before; who is one meets this.
      await enterThrough({ ...parts, staff: () => false }, { verify: () => Promise.resolve(session) }, '', organization)
      return true
    } catch (error) {
      const outside = ['identity.no_organization', 'identity.no_session']
      if (error instanceof UpheldError && outside.includes(error.code)) return false
      throw error
    }
  }
}
