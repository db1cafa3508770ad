import { z } from 'zod'
import { canonicalJson } from '../../core/json.ts'
import type { Database } from '../../core/ports.ts'
import { actorOf } from './operator.ts'
import type { Operator } from './operator.ts'

const counted = z.tuple([z.object({ asked: z.coerce.number().int() })])

/**
 * After a seed was added: an entry for every organization whose log is still signed with a former key, which says who
 * changed the keys and what for. With it each log goes on under its new key, also one that nobody would have used for
 * years. Gives how many there were. Login upheld_record.
 * @throws audit.bad_actor
 */
export async function requestRotation(db: Database, operator: Operator, epoch: number): Promise<number> {
  const { actor, purpose } = actorOf(operator)
  const { rows } = await db.query(
    `with asked as (
       insert into upheld_audit.pending (id, organization_id, body)
       select upheld_audit.new_id(clock_timestamp()), l.organization_id, $2::jsonb
       from upheld_audit.log l
       where l.organization_id is not null and l.closed_at is null and l.key_epoch < $1
         and not exists (select from upheld_audit.pending p where p.organization_id = l.organization_id and p.body ->> 'action' = 'audit.rotate')
       order by l.id returning 1
     )
     select count(*) as asked from asked`,
    [epoch, canonicalJson({ action: 'audit.rotate', actor, purpose, outcome: 'success', detail: { epoch } })],
  )
  return counted.parse(rows)[0].asked
}
