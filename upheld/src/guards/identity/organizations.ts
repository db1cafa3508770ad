import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { OrganizationId } from '../../core/ids.ts'
import type { TransactionStatements } from '../../foundation/tenancy/index.ts'
import { assertFresh } from './actions.ts'
import { normalizeName } from './address.ts'
import { refuse } from './errors.ts'
import { recordAccountEvent } from './events.ts'
import { networkOf } from './origin.ts'
import { enqueueMailTo } from './outbox.ts'
import type { From, Parts } from './parts.ts'
import type { SecondFactorRule } from './policy.ts'
import type { Entry } from './port.ts'
import { ownSessionFor } from './step-up.ts'
import { queryable } from './queryable.ts'

export interface Founded {
  readonly organizationId: OrganizationId
  readonly memberId: string
}

/** A new organization, whose owner is whoever makes it. @throws identity.no_session, bad_name */
export async function foundOrganization(
  { tenancy, ...parts }: Parts,
  token: string,
  name: string,
  from: From,
): Promise<Founded> {
  const { personId } = await ownSessionFor({ tenancy, ...parts }, token)
  const clean = normalizeName(name)
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

/** Who must have a second factor. @throws identity.may_not, prove_again */
export async function setSecondFactorRule({ clock }: Parts, entry: Entry, rule: SecondFactorRule): Promise<void> {
  if (!entry.set.may('organization.settings')) throw refuse.may_not()
  assertFresh(entry.session, 'change-settings', clock.now())
  await entry.organization.query(`update upheld_access.account set second_factor = $1`, [rule])
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
        `select id, roles, person_id, suspended_at from upheld_access.member where id = any ($1::uuid[]) order by id for update`,
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
