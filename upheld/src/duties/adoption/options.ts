import { z } from 'zod'
import { refuse } from './errors.ts'

const name = z.string().min(1).max(200)

/** What is adopted. Kept in the database by the first run, so that later commands need not repeat it. */
export const adoptionOptions = z.strictObject({
  /** Schemas whose tables hold customers' rows. */
  schemas: z.array(name).min(1).max(100),
  /** Column that names the tenant, wherever a table has it. */
  tenantColumn: name,
  /** Table with one row for each tenant: its primary key is what the tenant column holds. */
  directory: name.optional(),
  /** Tables without a tenant: read by all, moved out of the schema at the end. With their schema, or without. */
  shared: z.array(name).max(10_000).default([]),
})

export type AdoptionOptions = z.output<typeof adoptionOptions>

/** How hard the running application may be pressed. */
const paceOptions = z.strictObject({
  /** Past this a statement gives up its place in the line for a lock, so that nobody has to wait behind it for longer. */
  lockTimeoutMs: z.number().int().min(10).max(60_000).default(300),
  /** How long a step tries again before it says that it cannot get its lock. */
  patienceSecs: z.number().int().min(1).max(86_400).default(300),
  /** Rows that one batch fills at most. */
  batchRowsMax: z.number().int().min(1).max(1_000_000).default(5_000),
  /** What a batch may take; the next one is made smaller when it took longer. */
  batchMs: z.number().int().min(1).max(60_000).default(200),
  /** Rest after each batch. */
  pauseMs: z.number().int().min(0).max(600_000).default(10),
})

export type PaceOptions = z.output<typeof paceOptions>

/** @throws adoption.bad_options with every problem at once */
export function parsePace(given: unknown): PaceOptions {
  const parsed = paceOptions.safeParse(given)
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error) })
  return Object.freeze(parsed.data)
}
