import { z } from 'zod'
import { refuse } from './errors.ts'

/** How long and how much one organization may ask of the database, in one process. */
export const tenancyOptions = z.strictObject({
  /** How long a signed context is good for. */
  contextTtlSecs: z.number().int().min(1).max(300).default(20),
  /** Past this a statement is ended by the server. */
  statementTimeoutMs: z.number().int().min(10).max(600_000).default(5_000),
  /** Statements and transactions of one organization that run at once. */
  concurrentMax: z.number().int().min(1).max(1_000).default(8),
  /** Those that wait; one more is refused. */
  waitingMax: z.number().int().min(0).max(100_000).default(256),
  /** How long one waits: work that waits for a place which it holds itself is told so, and does not wait for ever. */
  waitMaxMs: z.number().int().min(10).max(600_000).default(30_000),
})

export type TenancyOptions = z.output<typeof tenancyOptions>

/** @throws tenancy.bad_options with every problem at once; a misspelt option is one */
export function parseTenancyOptions(given: unknown): TenancyOptions {
  const parsed = tenancyOptions.safeParse(given)
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error) })
  return Object.freeze(parsed.data)
}
