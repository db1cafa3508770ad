import { z } from 'zod'
import type { MemberAccess } from '../access/index.ts'

/** The columns of a maker, for a statement that joins `upheld_access.member m`; $1 is the organization, `at` the time. */
export const makerColumns = (at: string): string => `
  m.id as member_id, coalesce(m.roles, '{}') as roles, m.suspended_at is not null or p.disabled_at is not null as suspended,
  (select coalesce(json_agg(json_build_object('id', o.id, 'permission', o.permission, 'effect', o.effect, 'ends', o.expires_at)), '[]')
   from upheld_access.override o where o.organization_id = $1 and o.member_id = m.id and o.expires_at > ${at}) as overrides`

export const makerRow = z.object({
  member_id: z.string().nullable(),
  roles: z.array(z.string()),
  suspended: z.boolean().nullable(),
  overrides: z.array(
    z.object({
      id: z.string(),
      permission: z.string(),
      effect: z.enum(['allow', 'deny']),
      ends: z.string().transform(text => new Date(text)),
    }),
  ),
})

/** What the evaluator reads; undefined when there is no such member any more, or none who may do anything. */
export function makerOf(row: z.output<typeof makerRow>): MemberAccess | undefined {
  const { member_id: memberId, roles, suspended, overrides } = row
  if (memberId === null || suspended !== false) return undefined
  return {
    memberId,
    roles,
    suspended,
    overrides: overrides.map(({ id, permission, effect, ends }) => ({ id, permission, effect, expiresAt: ends })),
  }
}
