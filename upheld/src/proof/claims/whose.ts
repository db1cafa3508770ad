import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'

const row = z
  .object({
    claim: z.string(),
    dueAt: z.date().nullable(),
    sequence: z.number().int(),
    runner: z.string().nullable(),
    leaseUntil: z.date().nullable(),
    running: z.boolean(),
  })
  .readonly()

/**
 * Whose turn it is. `dueAt`: null where there is nothing to run. `sequence`: of the run that was begun last. `running`: a
 * prover holds it, and renewed its lease in time. Times go by the clock of the database.
 */
export type TurnNow = z.output<typeof row>

/** Every turn of a promise that stands, with the `upheld_page` login. */
export async function turnsNow(database: Queryable): Promise<readonly TurnNow[]> {
  const { rows } = await database.query(
    `select claim, due_at as "dueAt", sequence, runner, lease_until as "leaseUntil",
       coalesce(lease_until > clock_timestamp(), false) as running
     from upheld_proof.turn where not withdrawn order by claim`,
  )
  return rows.map(one => row.parse(one))
}
