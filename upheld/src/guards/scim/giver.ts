import type { Statements, TransactionStatements } from '../../foundation/tenancy/index.ts'

/** Whether this member may give all of these roles to somebody. */
export type MayGive = (
  statements: Pick<Statements, 'query'>,
  memberId: string,
  roles: readonly string[],
) => Promise<boolean>

/** A member who sets up the directory, and the judge of what they may give by it. */
export interface Giver {
  readonly memberId: string
  readonly mayGive: MayGive
}

/** Whether this member is an owner whom the giver, who is none, may not touch. */
export async function isAbove(tx: TransactionStatements, { memberId }: Giver, ofMemberId: string): Promise<boolean> {
  const owners = await tx.sql<{ id: string }>`select id from upheld_access.member
    where id::text in (${memberId}, ${ofMemberId}) and 'owner' = any (roles) and suspended_at is null for share`
  return owners.some(({ id }) => id === ofMemberId) && !owners.some(({ id }) => id === memberId)
}

/** Whether they are let in, and may give that, now. They are held until the transaction ends: what is taken from them meanwhile waits. */
export async function holds(
  tx: TransactionStatements,
  { memberId, mayGive }: Giver,
  roles: readonly string[],
): Promise<boolean> {
  const there = await tx.sql`
    select m.id from upheld_access.member m join upheld_identity.person p on p.id = m.person_id
    where m.id::text = ${memberId} and m.suspended_at is null and p.disabled_at is null for share of m`
  return there.length > 0 && (roles.length === 0 || (await mayGive(tx, memberId, roles)))
}
