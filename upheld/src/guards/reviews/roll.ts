import { z } from 'zod'
import type { OrganizationId } from '../../core/ids.ts'
import type { Statements } from '../../foundation/tenancy/index.ts'
import type { Access, AccessSet } from '../access/index.ts'

/** A member as a review sees them. */
export interface RollMember {
  readonly id: string
  readonly roles: readonly string[]
  readonly came: string
  readonly since: Date
  /** At most a minute old. */
  readonly seenAt: Date | null
  readonly set: AccessSet
  /** Those that are live. */
  readonly overrides: readonly RollOverride[]
}

interface RollOverride {
  readonly id: string
  readonly permission: string
  readonly effect: 'allow' | 'deny'
  readonly author: string
  readonly made: number
  readonly ends: number
}

/** What every source of a review stands on: read once for all of them. */
export interface Ground {
  readonly organization: OrganizationId
  readonly now: Date
  readonly access: Access
  /** Members who may enter, by id. Who is suspended has no access that could be reviewed. */
  readonly roll: ReadonlyMap<string, RollMember>
}

const rowForm = z.object({
  id: z.string(),
  roles: z.array(z.string()),
  source: z.string(),
  created_at: z.date(),
  seen_at: z.date().nullable(),
  overrides: z
    .array(
      z.object({
        id: z.string(),
        permission: z.string(),
        effect: z.enum(['allow', 'deny']),
        author: z.string(),
        made: z.number(),
        ends: z.number(),
      }),
    )
    .nullable(),
})

/** One statement. `only`: these members and no other. */
export async function readGround(
  { query }: Pick<Statements, 'query'>,
  { organization, access, now }: Pick<Ground, 'organization' | 'access' | 'now'>,
  only?: readonly string[],
): Promise<Ground> {
  const rows = await query(
    `with live as (
       select o.member_id, json_agg(json_build_object('id', o.id, 'permission', o.permission, 'effect', o.effect,
         'author', o.author_id, 'made', floor(extract(epoch from o.created_at) * 1000),
         'ends', floor(extract(epoch from o.expires_at) * 1000)) order by o.id) as list
       from upheld_access.override o where o.organization_id = $1 and o.expires_at > $2 group by o.member_id
     )
     select m.id, m.roles, m.source, m.created_at, m.seen_at, l.list as overrides
     from upheld_access.member m join upheld_identity.person p on p.id = m.person_id left join live l on l.member_id = m.id
     where m.organization_id = $1 and m.suspended_at is null and p.disabled_at is null
       and ($3::uuid[] is null or m.id = any ($3::uuid[]))
     order by m.id`,
    [organization, now, only ?? null],
  )
  const roll = new Map<string, RollMember>()
  for (const row of z.array(rowForm).parse(rows)) {
    const overrides = row.overrides ?? []
    const set = access.setOf(
      {
        memberId: row.id,
        roles: row.roles,
        suspended: false,
        overrides: overrides.map(({ id, permission, effect, ends }) => ({
          id,
          permission,
          effect,
          expiresAt: new Date(ends),
        })),
      },
      now,
    )
    roll.set(row.id, {
      id: row.id,
      roles: row.roles,
      came: row.source,
      since: row.created_at,
      seenAt: row.seen_at,
      set,
      overrides,
    })
  }
  return { organization, now, access, roll }
}

export function ownersOf({ roll }: Ground): readonly string[] {
  return [...roll.values()].filter(({ set }) => set.roles.includes('owner')).map(({ id }) => id)
}

/** What a member needs to begin, decide in and close reviews. */
export function mayReview(member: RollMember | undefined): member is RollMember {
  return member?.set.may('organization.reviews') === true
}
