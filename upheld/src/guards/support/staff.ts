import type { Clock } from '../../core/clock.ts'
import type { Queryable } from '../../core/ports.ts'
import type { TransactionStatements } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import { isSure, type Present, type SupportPorts } from './ports.ts'

/** Makes a person one of the operator's. Whoever is a member somewhere is refused. */
export async function addStaff(
  { database, clock }: Pick<SupportPorts, 'database' | 'clock'>,
  personId: string,
  addedBy: string,
): Promise<void> {
  const text = `
    insert into upheld_identity.staff (person_id, added_at, added_by) values ($1, $2, $3)
    on conflict (person_id) do update set ended_at = null, added_by = excluded.added_by`
  await database.query(text, [personId, clock.now(), addedBy]).catch((error: unknown) => {
    throw translated(error)
  })
}

/** What was granted to them is of no use any more: a grant asks each time whether its holder is still there. */
export async function endStaff(
  { database, clock }: Pick<SupportPorts, 'database' | 'clock'>,
  personId: string,
): Promise<void> {
  await database.query('update upheld_identity.staff set ended_at = $2 where person_id = $1 and ended_at is null', [
    personId,
    clock.now(),
  ])
}

/**
 * In a transaction, and until its end: whoever lets them go meanwhile waits, or was first.
 * @throws support.not_staff, support.weak_session, support.needs_passkey
 */
export async function assertStaff(
  tx: Pick<TransactionStatements, 'query'>,
  clock: Clock,
  present: Present,
  only?: 'passkey',
): Promise<void> {
  const rows = await tx.query(`${staffText} for share of s, p`, [present.personId])
  if (rows.length !== 1) throw refuse.not_staff()
  if (isSure(present, clock, only)) return
  throw only === 'passkey' ? refuse.needs_passkey() : refuse.weak_session()
}

/**
 * Somebody of the operator as their session shows them: whatever they do asks for more than one factor. How fresh the
 * proof has to be is asked by what they do. What a customer's own provider said of them counts for nothing here.
 * @throws support.not_staff, support.weak_session
 */
export async function presentStaff(
  ports: Pick<SupportPorts, 'database' | 'clock'>,
  { personId, methods, provenAt, organizationId }: Present & { readonly organizationId?: string },
): Promise<Present> {
  if (organizationId !== undefined || !(await isStaff(ports.database, personId))) throw refuse.not_staff()
  if (!isSure({ personId, methods, provenAt: ports.clock.now() }, ports.clock)) throw refuse.weak_session()
  return Object.freeze({ personId, methods, provenAt })
}

export async function isStaff(database: Queryable, personId: string): Promise<boolean> {
  const { rows } = await database.query(staffText, [personId])
  return rows.length === 1
}

const staffText = `select 1 from upheld_identity.staff s join upheld_identity.person p on p.id = s.person_id
  where s.person_id = $1 and s.ended_at is null and p.disabled_at is null`

function translated(error: unknown): unknown {
  const said = error instanceof Error && error.message.includes('upheld: staff_is_no_member')
  return said ? refuse.staff_is_no_member({ cause: error }) : error
}
