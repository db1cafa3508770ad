import type { Queryable } from '../../core/ports.ts'
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

/** @throws support.not_staff, support.weak_session, support.needs_passkey */
export async function assertStaff(ports: SupportPorts, present: Present, only?: 'passkey'): Promise<void> {
  if (!(await isStaff(ports.database, present.personId))) throw refuse.not_staff()
  if (isSure(present, ports.clock, only)) return
  throw only === 'passkey' ? refuse.needs_passkey() : refuse.weak_session()
}

export async function isStaff(database: Queryable, personId: string): Promise<boolean> {
  const { rows } = await database.query(
    `select 1 from upheld_identity.staff s join upheld_identity.person p on p.id = s.person_id
     where s.person_id = $1 and s.ended_at is null and p.disabled_at is null`,
    [personId],
  )
  return rows.length === 1
}

function translated(error: unknown): unknown {
  const said = error instanceof Error && error.message.includes('upheld: staff_is_no_member')
  return said ? refuse.staff_is_no_member({ cause: error }) : error
}
