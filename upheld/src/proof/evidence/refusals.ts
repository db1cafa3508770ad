import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'

/** A head that a witness would not sign. */
export interface Refused {
  /** Its verifier key. */
  readonly witness: string
  readonly size: number
  /** The signed head that was refused. */
  readonly checkpoint: string
  /** It has seen more entries than there are, or others. */
  readonly why: 'ahead' | 'other_history'
}

/** As it was kept, with the moment by the clock of the database. */
export interface KeptRefusal extends Refused {
  readonly at: Date
  /** When the same witness signed again. */
  readonly settledAt?: Date
}

const rows = z.array(
  z.object({
    witness: z.string(),
    // The driver gives 64-bit integers as text.
    size: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
    checkpoint: z.string(),
    why: z.enum(['ahead', 'other_history']),
    at: z.date(),
    settled_at: z.date().nullable(),
  }),
)

/** The newest refusal of every witness that ever refused, by witness. */
export async function readRefusals(db: Queryable): Promise<readonly KeptRefusal[]> {
  const found = await db.query(
    'select witness, size, checkpoint, why, at, settled_at from upheld_proof.refusal order by witness',
  )
  return rows
    .parse(found.rows)
    .map(({ settled_at: settledAt, ...one }) => (settledAt === null ? one : { ...one, settledAt }))
}

/** Keeps it; the moment is that of the first refusal of this very head. */
export async function keepRefusal(db: Queryable, { witness, size, checkpoint, why }: Refused): Promise<void> {
  await db.query(
    `insert into upheld_proof.refusal as r (witness, size, checkpoint, why) values ($1, $2, $3, $4)
     on conflict (witness) do update
       set size = excluded.size, checkpoint = excluded.checkpoint, why = excluded.why, at = excluded.at, settled_at = null
     where r.checkpoint <> excluded.checkpoint or r.settled_at is not null`,
    [witness, size, checkpoint, why],
  )
}

/** The witness has signed again. */
export async function settleRefusal(db: Queryable, witness: string): Promise<void> {
  await db.query(
    'update upheld_proof.refusal set settled_at = clock_timestamp() where witness = $1 and settled_at is null',
    [witness],
  )
}
