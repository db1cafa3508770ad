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

/**
 * First in every transaction that goes on to links or sessions of a person: whoever held one of those first would wait
 * crosswise for whoever disables the person, and the database would end one of the two. @throws identity.no_session when
 * they are gone
 */
export async function holdPerson(tx: Queryable, personId: string): Promise<void> {
  const { rowCount } = await tx.query(`select from upheld_identity.person where id = $1 for no key update`, [personId])
  if (rowCount === 0) throw refuse.no_session()
}

const foreignKeyViolation = z.object({ code: z.literal('23503') })

/** For rows of a person that are written without holding them: whoever was deleted meanwhile has none. @throws identity.no_session */
export async function unlessGone<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (foreignKeyViolation.safeParse(thrown).success) throw refuse.no_session({ cause: thrown })
    throw thrown
  }
}
