import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { OrganizationId } from '../../core/ids.ts'
import type { Queryable } from '../../core/ports.ts'
import type { TransactionStatements } from '../../foundation/tenancy/index.ts'
import { burnOnce } from '../once/index.ts'
import { assertFresh } from './actions.ts'
import { normalizeName } from './address.ts'
import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { networkOf } from './origin.ts'
import { enqueueMailTo } from './outbox.ts'
import type { From, Parts } from './parts.ts'
import type { Entry } from './port.ts'
import { ownSessionFor } from './step-up.ts'
import { queryable } from './queryable.ts'

export interface Founded {
  readonly organizationId: OrganizationId
  readonly memberId: string
}

const draftSecs = 86_400

/**
 * A new organization, whose owner is whoever makes it. A form that may be sent twice brings a `draft` of its own, 1 to 100
 * characters: with it this happens once.
 * @throws identity.no_session, bad_name, founded_already, is_staff
 */
export async function foundOrganization(
  { tenancy, ...parts }: Parts,
  token: string,
  name: string,
  from: From,
  draft?: string,
): Promise<Founded> {
  const { personId } = await ownSessionFor({ tenancy, ...parts }, token)
  const clean = normalizeName(name)
  await assertNoStaff(parts.database, personId)
  if (draft !== undefined) await burnDraft(parts, personId, draft)
  const organization = await tenancy.createOrganization()
  const memberId = randomUUID()
  await organization.as({ type: 'member', id: memberId, purpose: 'account' }).transaction(async tx => {
    const now = parts.clock.now()
    await tx.query(`insert into upheld_access.account (organization_id, name, created_at) values ($1, $2, $3)`, [
      organization.id,
      clean,
      now,
    ])
    await tx.query(
      `insert into upheld_access.member (organization_id, id, person_id, roles, source, created_at)
       values ($1, $2, $3, '{owner}', 'founder', $4)`,
      [organization.id, memberId, personId, now],
    )
    const detail = { organization: organization.id }
    const network = networkOf(from.address)
    await recordAccountEvent(queryable(tx), { personId, action: 'organization.joined', network, detail }, now)
  })
  return Object.freeze({ organizationId: organization.id, memberId })
}

/** Before there is anything: the tables refuse them as well, later. */
async function assertNoStaff(database: Queryable, personId: string): Promise<void> {
  const text = `select from upheld_identity.staff where person_id = $1 and ended_at is null`
  if ((await database.query(text, [personId])).rows.length > 0) throw refuse.is_staff()
}

/** What the tables say of people of the operator, in our words. @throws identity.is_staff */
export async function unlessStaff<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.includes('upheld: staff_is_no_member'))
      throw refuse.is_staff({ cause: thrown })
    throw thrown
  }
}

async function burnDraft({ database, clock }: Omit<Parts, 'tenancy'>, personId: string, draft: string): Promise<void> {
  if (draft === '' || draft.length > 100) throw refuse.bad_input({ detail: 'draft' })
  const once = { kind: 'organization-draft', owner: `person:${personId}`, lifeSecs: draftSecs }
  if (!(await burnOnce(database, once, draft, clock.now()))) throw refuse.founded_already()
}

/**
 * Takes a member out of the organization. Nobody removes somebody who may do more than they may give.
 * @throws identity.may_not, prove_again, absent, last_owner
 */
export async function removeMember(parts: Parts, entry: Entry, memberId: string): Promise<void> {
  await overMember(parts, entry, memberId, async tx => {
    await tx.query(`delete from upheld_access.member where id = $1`, [memberId])
  })
}

/** Suspended members enter nowhere here; they keep what they were. @throws as `removeMember` */
export async function suspendMember(parts: Parts, entry: Entry, memberId: string): Promise<void> {
  await overMember(parts, entry, memberId, async tx => {
    await tx.query(`update upheld_access.member set suspended_at = coalesce(suspended_at, $2) where id = $1`, [
      memberId,
      parts.clock.now(),
    ])
  })
}

/** @throws as `removeMember` */
export async function resumeMember(parts: Parts, entry: Entry, memberId: string): Promise<void> {
  await overMember(parts, entry, memberId, async tx => {
    await tx.query(`update upheld_access.member set suspended_at = null where id = $1`, [memberId])
  })
}

/**
 * What an administrator ends of a member: everything that began before now does not enter this organization any more, and
 * the member signs in anew. In other organizations the same sessions go on: an administrator has no say there.
 * @throws as `removeMember`
 */
export async function endMemberSessions(parts: Parts, entry: Entry, memberId: string): Promise<void> {
  await overMember(parts, entry, memberId, async tx => {
    await tx.query(`update upheld_access.member set entries_after = $2 where id = $1`, [memberId, parts.clock.now()])
  })
}

const target = z.object({ roles: z.array(z.string()), person_id: z.string(), suspended_at: z.date().nullable() })
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

async function overMember(
  { access, clock }: Parts,
  entry: Entry,
  memberId: string,
  work: (tx: TransactionStatements) => Promise<void>,
): Promise<void> {
  if (!entry.set.may('organization.members.remove')) throw refuse.may_not()
  assertFresh(entry.session, 'remove-members', clock.now())
  if (!uuidForm.test(memberId)) throw refuse.absent()
  await unlessLastOwner(() =>
    entry.organization.transaction(async tx => {
      const [row] = await tx.query(
        `select roles, person_id, suspended_at from upheld_access.member where id = $1 for update`,
        [memberId],
      )
      if (row === undefined) throw refuse.absent()
      const roles = target.parse(row).roles.filter(role => access.isRole(role))
      if (!access.mayGrant(entry.set, roles).allowed) throw refuse.may_not()
      await work(tx)
    }),
  )
}

/**
 * Another member becomes an owner, and whoever gives it is an administrator from then on. Both hear of it.
 * @throws identity.may_not, prove_again, absent, last_owner
 */
export async function transferOwnership({ clock }: Parts, entry: Entry, memberId: string): Promise<void> {
  if (!entry.set.roles.includes('owner')) throw refuse.may_not()
  assertFresh(entry.session, 'transfer-ownership', clock.now())
  if (!uuidForm.test(memberId) || memberId === entry.memberId) throw refuse.absent()
  await unlessLastOwner(() =>
    entry.organization.transaction(async tx => {
      // Both rows in one order: two who do it at once wait for each other and do not block each other.
      const rows = await tx.query(
        `select m.id, m.roles, m.person_id, coalesce(m.suspended_at, p.disabled_at) as suspended_at
         from upheld_access.member m join upheld_identity.person p on p.id = m.person_id
         where m.id = any ($1::uuid[]) order by m.id for update of m`,
        [[entry.memberId, memberId]],
      )
      const found = new Map(rows.map(row => [String(row['id']), target.parse(row)]))
      const [giver, taker] = [found.get(entry.memberId), found.get(memberId)]
      // Read under the lock: whoever is no owner any more gives nothing away.
      if (giver === undefined || !giver.roles.includes('owner')) throw refuse.may_not()
      if (taker === undefined || taker.suspended_at !== null) throw refuse.absent()
      await writeRoles(tx, memberId, [...new Set(['owner', ...taker.roles])])
      await writeRoles(tx, entry.memberId, [...new Set(['admin', ...giver.roles.filter(role => role !== 'owner')])])
      for (const { person_id: personId } of [giver, taker])
        await enqueueMailTo(
          queryable(tx),
          personId,
          { kind: 'ownership', detail: { organization: entry.organizationName } },
          clock.now(),
        )
    }),
  )
}

async function writeRoles(tx: TransactionStatements, memberId: string, roles: readonly string[]): Promise<void> {
  await tx.query(`update upheld_access.member set roles = $2::text[] where id = $1`, [memberId, roles])
}

/** What the database says when the last owner would go, in our words. @throws identity.last_owner */
export async function unlessLastOwner<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof Error && thrown.message.includes('upheld: last_owner'))
      throw refuse.last_owner({ cause: thrown })
    throw thrown
  }
}
