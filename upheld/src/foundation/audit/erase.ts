import type { Database } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import { noteChange } from './operator.ts'
import type { Operator } from './operator.ts'

/**
 * Takes away salt and value of the personal values of one entry: all, or those named. The leaf stays as it is, proofs go
 * on holding, and nothing that is left can tell whether a guess is right. Gives the id of the entry that records it, which
 * the disclosures point to from then on. Login upheld_record. Copies in backups last as long as the backups do.
 * @throws audit.no_entry when there is nothing left to erase; audit.bad_actor
 */
export async function erasePersonal(
  db: Database,
  what: { readonly organization: string; readonly entry: string; readonly names?: readonly string[] },
  operator: Operator,
): Promise<string> {
  const { organization, entry, names } = what
  return db.transaction(async tx => {
    const { rows } = await tx.query(
      `select name from upheld_audit.disclosure
       where organization_id = $1 and entry = $2 and erased_by is null and ($3::text[] is null or name = any ($3))
       order by name for update`,
      [organization, entry, names ?? null],
    )
    const found = rows.map(row => String(row['name']))
    if (found.length === 0) throw refuse.no_entry()
    const erasure = await noteChange(tx, organization, operator, {
      action: 'audit.erase',
      detail: { names: found },
      targets: [{ type: 'entry', id: entry }],
    })
    await tx.query(
      `update upheld_audit.disclosure set salt = null, value = null, erased_by = $4, erased_at = clock_timestamp()
       where organization_id = $1 and entry = $2 and name = any ($3::text[])`,
      [organization, entry, found, erasure],
    )
    return erasure
  })
}
