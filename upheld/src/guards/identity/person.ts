import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import { refuse } from './errors.ts'

interface Person {
  readonly id: string
  readonly email: string
  readonly name: string
  /** Undefined for somebody who signs in otherwise. */
  readonly hash: string | undefined
}

const row = z
  .object({ id: z.string(), email: z.string(), name: z.string(), hash: z.string().nullable() })
  .transform((one): Person => ({ ...one, hash: one.hash ?? undefined }))

/** Somebody who may come in. @throws identity.no_session for whoever is disabled or gone */
export async function personOf(database: Queryable, personId: string): Promise<Person> {
  const { rows } = await database.query(
    `select p.id, p.email, p.name, w.hash from upheld_identity.person p
     left join upheld_identity.password w on w.person_id = p.id where p.id = $1 and p.disabled_at is null`,
    [personId],
  )
  if (rows[0] === undefined) throw refuse.no_session()
  return row.parse(rows[0])
}
