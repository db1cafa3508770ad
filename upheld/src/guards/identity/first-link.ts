import { issueOnce } from '../once/index.ts'
import { refuse } from './errors.ts'
import { linkSecs } from './links.ts'
import type { Parts } from './parts.ts'

/**
 * An act of the operator, for somebody who was imported and whom no mail reaches yet: what a mailed link for a new password
 * carries, to be handed over in person. Used once, over after half an hour, void once a password was chosen; a second
 * factor is asked for as always. Whoever holds it is that person: it is for a terminal of this machine, never for a page.
 * @throws identity.absent for a person who is not there or whose account is closed
 */
export async function firstLink({ database, clock }: Parts, personId: string): Promise<string> {
  const now = clock.now()
  const { rows } = await database.query(
    `select 1 from upheld_identity.person where id::text = $1 and disabled_at is null`,
    [personId],
  )
  if (rows.length === 0) throw refuse.absent()
  const subject = { for: personId, asked: now.toISOString() }
  const once = { kind: 'reset', owner: `person:${personId}`, subject, lifeSecs: linkSecs.reset }
  return (await issueOnce(database, once, now)).secret
}
