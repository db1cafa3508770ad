import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'

/** What stands in the record of an account, for the person whose it is. */
type AccountAction =
  | 'account.begun'
  | 'account.disabled'
  | 'session.begun'
  | 'session.ended'
  | 'session.others-ended'
  | 'session.renewed'
  | 'sign-in.refused'
  | 'password.changed'
  | 'password.reset'
  | 'email.change-asked'
  | 'email.changed'
  | 'email.change-undone'
  | 'factor.changed'
  | 'organization.joined'
  | 'organization.left'

interface AccountEvent {
  readonly personId: string
  readonly action: AccountAction
  /** Of the visitor; see `networkOf`. */
  readonly network: string
  readonly detail?: Readonly<Record<string, string | number | readonly string[]>>
}

/** In the transaction of what happened. Whoever is gone has no record any more. */
export async function recordAccountEvent(tx: Queryable, event: AccountEvent, now: Date): Promise<void> {
  await tx.query(
    `insert into upheld_identity.event (person_id, at, action, network, detail)
     select id, $2, $3, $4, $5 from upheld_identity.person where id = $1 for key share`,
    [event.personId, now, event.action, event.network, JSON.stringify(event.detail ?? {})],
  )
}

export interface RecordedEvent {
  readonly at: Date
  readonly action: string
  readonly network: string
  readonly detail: Readonly<Record<string, unknown>>
}

const eventRow = z.object({
  at: z.date(),
  action: z.string(),
  network: z.string(),
  detail: z.record(z.string(), z.unknown()),
})

/** The newest hundred of a person. */
export async function accountEvents(database: Queryable, personId: string): Promise<readonly RecordedEvent[]> {
  const { rows } = await database.query(
    `select at, action, network, detail from upheld_identity.event where person_id = $1 order by id desc limit 100`,
    [personId],
  )
  return rows.map(row => eventRow.parse(row))
}
