import { z } from 'zod'
import type { Database } from '../../core/ports.ts'
import type { Claim } from '../claims/index.ts'
import { refuse } from './errors.ts'
import { orderRow, stepRow, waitSecsMax, type Order, type Step } from './order.ts'

/** An act of an operator, by the pseudonym that staff has in logs. */
const actRow = z
  .object({
    at: z.date(),
    operator: z.string(),
    act: z.enum(['run', 'sabotage', 'refused']),
    claim: z.string(),
    sabotage: z.string().nullable(),
  })
  .readonly()
export type Act = z.output<typeof actRow>

const proverRow = z.object({ runner: z.string(), started_at: z.date(), seen_at: z.date() }).readonly()
export type ProverSeen = z.output<typeof proverRow>

// The driver gives 64-bit integers as text.
const healthRow = z
  .object({
    version: z.string(),
    recording: z.coerce.number(),
    recording_since: z.date().nullable(),
    mails: z.coerce.number(),
    mails_since: z.date().nullable(),
    mails_given_up: z.coerce.number(),
  })
  .readonly()
/** Counts and ages over all organizations: what waits for the recorder, and what waits to be mailed. */
export type Waiting = z.output<typeof healthRow>

/** The operator's side of orders, over a login that places them, reads them, and can do nothing else. */
export interface OrderDesk {
  /**
   * For somebody of the operator, a UUID. Answers with the id of the order.
   * @throws orders.not_staff, no_claim, no_sabotage, busy, too_many
   */
  place(operator: string, claim: string, sabotage?: string): Promise<string>
  /** @throws orders.absent */
  order(id: string): Promise<Order>
  /** In their order, those after `after`; 1000 at most. */
  steps(id: string, after: number): Promise<readonly Step[]>
  /** The newest hundred, of one claim or of all. */
  orders(claim?: string): Promise<readonly Order[]>
  /** The newest hundred. */
  acts(): Promise<readonly Act[]>
  /** Heard of within a day, newest first. */
  provers(): Promise<readonly ProverSeen[]>
  waiting(): Promise<Waiting>
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** One that nobody took in time is over, whether or not somebody has written it down. */
const columns = `id, claim, sabotage, operator, placed_at, takes, sequence,
  runner is not null and lease_until > clock_timestamp() as held,
  case when stale then placed_at + interval '${waitSecsMax} seconds' else ended_at end as ended_at,
  case when stale then 'lapsed' else outcome end as outcome`
const from = `(select *, ended_at is null and placed_at < clock_timestamp() - interval '${waitSecsMax} seconds'
  and (lease_until is null or lease_until < clock_timestamp()) as stale from upheld_proof.run_order) o`

/** @param database - with the `upheld_console` login */
export function orderDesk(database: Database, claims: readonly Claim[]): OrderDesk {
  return Object.freeze({
    async place(operator: string, claim: string, sabotage?: string) {
      const asked = claims.find(one => one.id === claim)
      if (asked?.kind !== 'proven') throw refuse.no_claim()
      if (sabotage !== undefined && !asked.sabotages.some(({ name }) => name === sabotage)) throw refuse.no_sabotage()
      const text = 'select placed, refused from upheld_proof.place_order($1, $2, $3)'
      const { rows } = await database.query(text, [operator, claim, sabotage ?? null])
      const { placed, refused } = placedRow.parse(rows[0])
      if (placed !== null) return placed
      throw refuse[refused ?? 'no_claim']()
    },
    async order(id: string) {
      const { rows } = uuid.test(id)
        ? await database.query(`select ${columns} from ${from} where id = $1`, [id])
        : { rows: [] }
      if (rows[0] === undefined) throw refuse.absent()
      return orderRow.parse(rows[0])
    },
    async steps(id: string, after: number) {
      const text = `select step, at, word, place from upheld_proof.order_step where order_id = $1 and step > $2 order by step`
      const { rows } = uuid.test(id) ? await database.query(text, [id, after]) : { rows: [] }
      return rows.map(row => stepRow.parse(row))
    },
    async orders(claim?: string) {
      const text = `select ${columns} from ${from} where $1::text is null or claim = $1 order by placed_at desc limit 100`
      const { rows } = await database.query(text, [claim ?? null])
      return rows.map(row => orderRow.parse(row))
    },
    async acts() {
      const text = 'select at, operator, act, claim, sabotage from upheld_proof.operator_act order by id desc limit 100'
      return (await database.query(text)).rows.map(row => actRow.parse(row))
    },
    async provers() {
      const text = 'select runner, started_at, seen_at from upheld_proof.prover order by seen_at desc limit 20'
      return (await database.query(text)).rows.map(row => proverRow.parse(row))
    },
    async waiting() {
      return healthRow.parse((await database.query('select * from upheld_proof.console_health()')).rows[0])
    },
  })
}

const placedRow = z.object({
  placed: z.string().nullable(),
  refused: z.enum(['not_staff', 'no_claim', 'busy', 'too_many']).nullable(),
})
