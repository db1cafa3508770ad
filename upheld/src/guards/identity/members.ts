import { z } from 'zod'
import type { Statements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import type { Parts } from './parts.ts'
import type { Entry } from './port.ts'

/** A member as others of the organization see them. */
export interface MemberFacts {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly roles: readonly string[]
  /** How they came, such as `founder` or `invitation`. */
  readonly source: string
  readonly joinedAt: Date
  /** At most an hour old; undefined for whoever never entered. */
  readonly seenAt: Date | undefined
  readonly suspendedAt: Date | undefined
  /** The operator closed their account: they enter nowhere. */
  readonly disabled: boolean
  /** Whether their account has an app or a passkey. */
  readonly secondFactor: boolean
}

export interface MemberPage {
  readonly members: readonly MemberFacts[]
  /** Where the next page begins; undefined on the last one. */
  readonly next: string | undefined
}

const pageSize = 50
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const columns = `m.id, p.name, p.email, m.roles, m.source, m.created_at, m.seen_at, m.suspended_at,
  p.disabled_at is not null as disabled,
  upheld_identity.has_second_factor(p.id) as second_factor`
const from = `upheld_access.member m join upheld_identity.person p on p.id = m.person_id`
const order = `lower(p.name), m.id`
const pageText = `select ${columns} from ${from}
  where not exists (select from upheld_access.member c where c.id = $1::uuid)
    or (${order}) > (select lower(q.name), c.id from upheld_access.member c
      join upheld_identity.person q on q.id = c.person_id where c.id = $1::uuid)
  order by ${order} limit ${pageSize + 1}`
const byIdText = `select ${columns} from ${from} where m.id = any ($1::uuid[])`

const row = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    roles: z.array(z.string()),
    source: z.string(),
    created_at: z.date(),
    seen_at: z.date().nullable(),
    suspended_at: z.date().nullable(),
    disabled: z.boolean(),
    second_factor: z.boolean(),
  })
  .transform(({ created_at, seen_at, suspended_at, second_factor, ...rest }): MemberFacts => ({
    ...rest,
    joinedAt: created_at,
    seenAt: seen_at ?? undefined,
    suspendedAt: suspended_at ?? undefined,
    secondFactor: second_factor,
  }))

/**
 * Fifty members by name, in one statement. `after` is the `next` of the page before: the identifier of a member, so that
 * no name stands in an address. Where that one has left meanwhile it begins anew.
 * @throws identity.may_not, absent for a cursor that is none
 */
export async function listMembers(_: Parts, entry: Entry, after?: string): Promise<MemberPage> {
  if (!entry.set.may('organization.members.read')) throw refuse.may_not()
  if (after !== undefined && !uuidForm.test(after)) throw refuse.absent()
  const rows = await entry.organization.query(pageText, [after ?? null])
  const members = rows.slice(0, pageSize).map(given => row.parse(given))
  return Object.freeze({ members, next: rows.length > pageSize ? members.at(-1)?.id : undefined })
}

/** @throws identity.may_not; absent for a member of another organization as for one that never was */
export async function memberFacts(_: Parts, entry: Entry, memberId: string): Promise<MemberFacts> {
  if (!entry.set.may('organization.members.read') && memberId !== entry.memberId) throw refuse.may_not()
  const [found] = await readMembers(entry.organization, [memberId])
  if (found === undefined) throw refuse.absent()
  return found
}

/** What members are called who did something here, by identifier. Whoever left is not among them. @throws identity.may_not */
export async function memberNames(
  _: Parts,
  entry: Entry,
  memberIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (!entry.set.may('organization.members.read')) throw refuse.may_not()
  const found = await readMembers(entry.organization, [...new Set(memberIds)])
  return new Map(found.map(({ id, name }) => [id, name]))
}

async function readMembers(
  organization: Pick<Statements, 'query'>,
  memberIds: readonly string[],
): Promise<readonly MemberFacts[]> {
  const ids = memberIds.filter(id => uuidForm.test(id))
  if (ids.length === 0) return []
  return z.array(row).parse(await organization.query(byIdText, [ids]))
}
