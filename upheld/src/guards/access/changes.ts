import { z } from 'zod'
import { refuse } from './errors.ts'

/** Who makes a change: a member of the same organization, in person. */
export interface Author {
  readonly memberId: string
  /** Ties the entries of the audit log to one request. */
  readonly request?: string
}

/** All roles that somebody is to have afterwards. */
export interface RoleChange {
  readonly memberId: string
  readonly roles: readonly string[]
}

export interface NewOverride {
  readonly memberId: string
  readonly permission: string
  readonly effect: 'allow' | 'deny'
  /** 3 to 500 characters, for those who review it. */
  readonly reason: string
  /** At least a minute and at most 366 days from now. */
  readonly expiresAt: Date
  /** When somebody has to look at it again: not after its end. */
  readonly reviewAt: Date
}

/** In one change, all or nothing. */
const batchMax = 100
const rolesMax = 20
const lifeMsMin = 60_000
const lifeMsMax = 366 * 24 * 3600 * 1000

const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
const roleChangeForm = z.strictObject({
  memberId: uuid,
  roles: z
    .array(z.string().min(1).max(40))
    .max(rolesMax)
    .refine(roles => new Set(roles).size === roles.length, 'each role once'),
})
const overrideForm = z.strictObject({
  memberId: uuid,
  permission: z.string().min(1).max(100),
  effect: z.enum(['allow', 'deny']),
  reason: z
    .string()
    .min(3)
    .max(500)
    .regex(/^[^\p{C}]*$/u, 'no control characters'),
  expiresAt: z.date(),
  reviewAt: z.date(),
})

export function isMemberId(id: string): boolean {
  return uuid.safeParse(id).success
}

/** Members that a request names, before anything of it was checked: none when it is no list of changes. */
export function namedIn(given: unknown): readonly string[] {
  const named = z.array(z.looseObject({ memberId: uuid })).safeParse(given)
  return named.success ? named.data.map(({ memberId }) => memberId) : []
}

/** @throws access.bad_change */
export function parseRoleChanges(given: readonly RoleChange[]): readonly RoleChange[] {
  const changes = parsed(z.array(roleChangeForm).min(1).max(batchMax), given)
  if (new Set(changes.map(({ memberId }) => memberId)).size < changes.length) {
    throw refuse.bad_change({ detail: 'A member comes twice.' })
  }
  return changes
}

/** @throws access.bad_change */
export function parseOverrides(given: readonly NewOverride[], now: Date): readonly NewOverride[] {
  const overrides = parsed(z.array(overrideForm).min(1).max(batchMax), given)
  for (const { expiresAt, reviewAt } of overrides) {
    const lifeMs = expiresAt.getTime() - now.getTime()
    if (lifeMs < lifeMsMin || lifeMs > lifeMsMax) {
      throw refuse.bad_change({ detail: 'An exception ends within a minute and 366 days.' })
    }
    if (reviewAt <= now || reviewAt > expiresAt) {
      throw refuse.bad_change({ detail: 'An exception is looked at again before it ends.' })
    }
  }
  return overrides
}

/** @throws access.bad_change */
export function parseOverrideIds(given: readonly string[]): readonly string[] {
  return [...new Set(parsed(z.array(uuid).min(1).max(batchMax), given))].toSorted()
}

function parsed<T>(form: z.ZodType<T>, given: unknown): T {
  const result = form.safeParse(given)
  if (result.success) return result.data
  // Places only: what was sent stands in no log.
  const places = result.error.issues.map(({ path, code }) => [...path, code].join('.'))
  throw refuse.bad_change({ detail: places.slice(0, 20).join(', ') })
}
