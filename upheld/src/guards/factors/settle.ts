import { z } from 'zod'
import type { FactorChange, FactorPorts } from './ports.ts'

/**
 * After a change of what somebody proves things with: no device stands for it any more, and recovery codes go with the
 * last factor that they could stand in for. A statement of its own, after the change: of two who take away the last two
 * factors at once, the later one sees that nothing is left.
 */
export async function settled(
  { database }: FactorPorts,
  personId: string,
  change: Omit<FactorChange, 'endOtherSessions' | 'noneLeft'>,
): Promise<FactorChange> {
  const { rows } = await database.query(
    `with trusting as (
       update upheld_identity.device set trusted_until = null where person_id = $1 and trusted_until is not null
     ), bare as (
       select not exists (select from upheld_identity.totp where person_id = $1 and confirmed_at is not null)
         and not exists (select from upheld_identity.passkey where person_id = $1) as bare
     ), voided as (
       delete from upheld_identity.recovery r using bare b where b.bare and r.person_id = $1
     )
     select bare from bare`,
    [personId],
  )
  const noneLeft = z.boolean().parse(rows[0]?.['bare'])
  return Object.freeze({ ...change, endOtherSessions: true, noneLeft })
}
