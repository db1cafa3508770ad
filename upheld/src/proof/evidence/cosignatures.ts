import { z } from 'zod'
import type { Queryable } from '../../core/ports.ts'
import { openCosigned, parseWitnessKey } from '../../core/transparency/index.ts'
import type { Cosignature, NoteVerifier } from '../../core/transparency/index.ts'
import { refuse } from './errors.ts'

/** What one witness signed last under a head of the log. */
export interface Witnessed {
  readonly size: number
  /** The signed head, without cosignatures. */
  readonly checkpoint: string
  readonly cosignature: Cosignature
}

// The driver gives 64-bit integers as text.
const count = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const rows = z.array(z.object({ witness: z.string(), size: count, checkpoint: z.string(), line: z.string() }))

/**
 * The newest cosignature of every witness, each verified: nothing is believed because it is stored.
 * @throws evidence.altered when one does not hold
 */
export async function readCosignatures(db: Queryable, log: NoteVerifier): Promise<Witnessed[]> {
  const found = rows.parse(
    (await db.query('select witness, size, checkpoint, line from upheld_proof.cosignature order by witness')).rows,
  )
  return found.map(({ witness, size, checkpoint, line }) => {
    try {
      const head = openCosigned(checkpoint + line, log, [parseWitnessKey(witness)])
      const [cosignature] = head.cosignatures
      if (cosignature !== undefined && head.size === size) return { size, checkpoint, cosignature }
    } catch (cause) {
      throw refuse.altered({ detail: `A cosignature of ${witness.slice(0, 255)} does not hold.`, cause })
    }
    throw refuse.altered({ detail: `A cosignature of ${witness.slice(0, 255)} stands beside another head.` })
  })
}

/** Keeps a cosignature that was verified, unless the same witness has signed a later head. */
export async function keepCosignature(db: Queryable, { size, checkpoint, cosignature }: Witnessed): Promise<void> {
  const { witness, line, at } = cosignature
  await db.query(
    `insert into upheld_proof.cosignature as c (witness, size, checkpoint, line, at) values ($1, $2, $3, $4, $5)
     on conflict (witness) do update
       set size = excluded.size, checkpoint = excluded.checkpoint, line = excluded.line, at = excluded.at
     where excluded.size >= c.size`,
    [witness.encoded, size, checkpoint, line, at],
  )
}
