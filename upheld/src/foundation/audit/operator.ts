import { z } from 'zod'
import { canonicalJson } from '../../core/json.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Queryable } from '../../core/ports.ts'
import { refuse } from './errors.ts'

const form = z.strictObject({
  type: z.enum(['operator', 'staff', 'member', 'application']),
  id: z.string().min(1).max(100),
  purpose: z.string().min(1).max(80),
})

/** Who has the logs changed from outside of a context: pseudonyms, as everywhere in a leaf. */
export type Operator = Readonly<z.input<typeof form>>

/** @throws audit.bad_actor */
export function actorOf(operator: Operator): {
  readonly actor: { readonly type: string; readonly id: string }
  readonly purpose: string
} {
  const parsed = form.safeParse(operator)
  if (!parsed.success) throw refuse.bad_actor({ detail: z.prettifyError(parsed.error).replaceAll('\n', ' ') })
  const { purpose, ...actor } = parsed.data
  return { actor, purpose }
}

/**
 * An entry about a log itself, in the transaction of what it is about.
 * @throws audit.bad_actor
 */
export async function noteChange(
  tx: Queryable,
  organization: string,
  operator: Operator,
  said: { readonly action: string; readonly detail: JsonObject; readonly targets?: readonly JsonObject[] },
): Promise<string> {
  const { actor, purpose } = actorOf(operator)
  const { rows } = await tx.query(
    `insert into upheld_audit.pending (id, organization_id, body)
     values (upheld_audit.new_id(clock_timestamp()), $1, $2::jsonb) returning id`,
    [organization, canonicalJson({ ...said, actor, purpose, outcome: 'success' })],
  )
  return String(rows[0]?.['id'])
}
