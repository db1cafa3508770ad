import { z } from 'zod'
import type { Statements } from '../../foundation/tenancy/index.ts'
import type { MemberAccess } from './set.ts'

/** An override with what people want to know of it. */
export interface StoredOverride {
  readonly id: string
  readonly memberId: string
  readonly permission: string
  readonly effect: 'allow' | 'deny'
  readonly authorId: string
  readonly reason: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly reviewAt: Date
}

type Query = Pick<Statements, 'query'>

/** Times as whole milliseconds: what JSON says of a time would be read in another time zone by another server. */
const memberForm = z.object({
  id: z.string(),
  roles: z.array(z.string()),
  suspended: z.boolean(),
  overrides: z.array(
    z.object({
      id: z.string(),
      permission: z.string(),
      effect: z.enum(['allow', 'deny']),
      ends: z.number(),
    }),
  ),
})
const overrideForm = z
  .object({
    id: z.string(),
    member_id: z.string(),
    permission: z.string(),
    effect: z.enum(['allow', 'deny']),
    author_id: z.string(),
    reason: z.string(),
    created_at: z.date(),
    expires_at: z.date(),
    review_at: z.date(),
  })
  .transform((row): StoredOverride => ({
    id: row.id,
    memberId: row.member_id,
    permission: row.permission,
    effect: row.effect,
    authorId: row.author_id,
    reason: row.reason,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    reviewAt: row.review_at,
  }))

const membersText = `select m.id, m.roles, m.suspended_at is not null or p.disabled_at is not null as suspended,
    coalesce((select json_agg(json_build_object('id', o.id, 'permission', o.permission, 'effect', o.effect,
        'ends', floor(extract(epoch from o.expires_at) * 1000)))
      from upheld_access.override o where o.organization_id = m.organization_id and o.member_id = m.id), '[]') as overrides
  from upheld_access.member m join upheld_identity.person p on p.id = m.person_id
  where m.id = any ($1::uuid[])`

/** Members of this organization, with all that decides what they may do: one statement. Others are not in the answer. */
export async function readMembers(
  { query }: Query,
  ids: readonly string[],
): Promise<ReadonlyMap<string, MemberAccess>> {
  const rows = await query(membersText, [ids])
  const members = z
    .array(memberForm)
    .parse(rows)
    .map(({ id, roles, suspended, overrides }): MemberAccess => ({
      memberId: id,
      roles,
      suspended,
      overrides: overrides.map(({ ends, ...override }) => ({ ...override, expiresAt: new Date(ends) })),
    }))
  return new Map(members.map(member => [member.memberId, member]))
}

/**
 * Holds members until the transaction ends, always in the same order: whoever else changes one of them, or an override of
 * theirs, waits. What is read afterwards is what they left behind.
 */
export async function lockMembers(
  { query }: Query,
  ids: readonly string[],
): Promise<ReadonlyMap<string, MemberAccess>> {
  await query('select m.id from upheld_access.member m where m.id = any ($1::uuid[]) order by m.id for update', [ids])
  return readMembers({ query }, ids)
}

const overrideColumns = 'id, member_id, permission, effect, author_id, reason, created_at, expires_at, review_at'

export async function readOverrides({ query }: Query, memberId: string): Promise<readonly StoredOverride[]> {
  const text = `select ${overrideColumns} from upheld_access.override where member_id = $1 order by created_at, id`
  return z.array(overrideForm).parse(await query(text, [memberId]))
}

export async function readOverridesById({ query }: Query, ids: readonly string[]): Promise<readonly StoredOverride[]> {
  const text = `select ${overrideColumns} from upheld_access.override where id = any ($1::uuid[]) order by id`
  return z.array(overrideForm).parse(await query(text, [ids]))
}
