import { z } from 'zod'
import type { Database, Queryable } from '../../core/ports.ts'
import { claimDigest, type ProvenClaim } from '../claims/index.ts'
import { takesMax, waitSecsMax, type OrderOutcome, type StepWord } from './order.ts'

/** An order that this prover holds, until its lease ends. */
export interface Held {
  readonly id: string
  readonly claim: ProvenClaim
  readonly sabotage: string | undefined
}

/** Who holds orders, and for how long without a sign of life. */
export interface Holder {
  /** With the `upheld_proof` login. */
  readonly database: Database
  /** This process, a UUID. */
  readonly runner: string
  readonly leaseMs: number
}

const dueRow = z.object({
  id: z.string(),
  claim: z.string(),
  sabotage: z.string().nullable(),
  takes: z.number().int(),
  late: z.boolean(),
})

/**
 * The oldest order that nobody holds, for claims as they are in this process. One that nobody took in time, or that three
 * provers began and did not end, is ended here instead, with its reason.
 */
export async function takeOrder(holder: Holder, claims: readonly ProvenClaim[]): Promise<Held | undefined> {
  return holder.database.transaction(async tx => {
    const { rows } = await tx.query(
      `select o.id, o.claim, o.sabotage, o.takes,
         o.placed_at < clock_timestamp() - $3 * interval '1 second' and o.takes = 0 as late
       from upheld_proof.run_order o
       join upheld_proof.turn t on t.claim = o.claim and not t.withdrawn
       join unnest($1::text[], $2::text[]) as mine (claim, digest) on mine.claim = t.claim and mine.digest = t.digest
       where o.ended_at is null and (o.lease_until is null or o.lease_until <= clock_timestamp())
       order by o.placed_at limit 1 for update of o skip locked`,
      [claims.map(({ id }) => id), claims.map(claimDigest), waitSecsMax],
    )
    const [due] = rows.map(row => dueRow.parse(row))
    const claim = claims.find(({ id }) => id === due?.claim)
    if (due === undefined || claim === undefined) return undefined
    if (due.late || due.takes >= takesMax) {
      await end(tx, due.id, due.late ? 'lapsed' : 'lost')
      return undefined
    }
    await tx.query(
      `update upheld_proof.run_order set takes = takes + 1, runner = $2,
         lease_until = clock_timestamp() + $3 * interval '1 millisecond' where id = $1`,
      [due.id, holder.runner, holder.leaseMs],
    )
    await step(tx, due.id, 'taken')
    return { id: due.id, claim, sabotage: due.sabotage ?? undefined }
  })
}

/** @returns false when somebody else holds it now, or it has ended */
export async function renewOrder({ database, runner, leaseMs }: Holder, { id }: Held): Promise<boolean> {
  const { rowCount } = await database.query(
    `update upheld_proof.run_order set lease_until = clock_timestamp() + $3 * interval '1 millisecond'
     where id = $1 and runner = $2`,
    [id, runner, leaseMs],
  )
  return rowCount === 1
}

/** A step more of an order that is still ours; nothing of any other. */
export async function tellStep(holder: Holder, held: Held, word: StepWord, place?: string): Promise<void> {
  await holder.database.transaction(async tx => {
    if (await ours(tx, holder, held)) await step(tx, held.id, word, place)
  })
}

/** Ends an order that is still ours. */
export async function endOrder(holder: Holder, held: Held, outcome: OrderOutcome, sequence?: number): Promise<void> {
  await holder.database.transaction(async tx => {
    if (await ours(tx, holder, held)) await end(tx, held.id, outcome, sequence)
  })
}

/** Gives it back for the next prover, as this one stops. */
export async function releaseOrder(holder: Holder, held: Held): Promise<void> {
  await holder.database.transaction(async tx => {
    if (!(await ours(tx, holder, held))) return
    await step(tx, held.id, 'released')
    await tx.query('update upheld_proof.run_order set runner = null, lease_until = null where id = $1', [held.id])
  })
}

async function ours(tx: Queryable, { runner }: Holder, { id }: Held): Promise<boolean> {
  const text = 'select 1 from upheld_proof.run_order where id = $1 and runner = $2 for update'
  return (await tx.query(text, [id, runner])).rows.length === 1
}

async function step(tx: Queryable, id: string, word: StepWord, place?: string): Promise<void> {
  await tx.query(
    `insert into upheld_proof.order_step (order_id, step, word, place)
     select $1::uuid, coalesce(max(step), 0) + 1, $2, $3 from upheld_proof.order_step where order_id = $1::uuid
     having coalesce(max(step), 0) < 1000`,
    [id, word, place?.slice(0, 200) ?? null],
  )
}

async function end(tx: Queryable, id: string, outcome: OrderOutcome, sequence?: number): Promise<void> {
  await step(tx, id, 'ended')
  await tx.query(
    `update upheld_proof.run_order set ended_at = clock_timestamp(), outcome = $2, sequence = $3,
       runner = null, lease_until = null where id = $1`,
    [id, outcome, sequence ?? null],
  )
}
