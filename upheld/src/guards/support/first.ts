import type { Queryable } from '../../core/ports.ts'
import { refuse } from './errors.ts'

/** Whether nobody works for the operator, and nobody ever did. */
export async function isUnstaffed(database: Queryable): Promise<boolean> {
  return (await database.query('select 1 from upheld_identity.staff limit 1')).rows.length === 0
}

/**
 * Makes a person the very first of the operator's, in a transaction. Whoever makes another one meanwhile waits, or was first.
 * @throws support.not_first
 */
export async function joinAsFirst(tx: Queryable, personId: string, now: Date): Promise<void> {
  await tx.query('lock table upheld_identity.staff in share row exclusive mode')
  if (!(await isUnstaffed(tx))) throw refuse.not_first()
  await tx.query(`insert into upheld_identity.staff (person_id, added_at, added_by) values ($1, $2, 'first-link')`, [
    personId,
    now,
  ])
}
