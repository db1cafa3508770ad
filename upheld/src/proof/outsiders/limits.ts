import { z } from 'zod'
import { refuse } from './errors.ts'

const most = (value: number, says: string) => z.number().int().min(1).max(value).default(value).describe(says)

/** What one outsider and all of them together may use. The defaults are the most that there is: each can only be lowered. */
export const limitsSchema = z
  .strictObject({
    runs_per_place_and_hour: most(3, 'runs begun within an hour from one address, or one /56 of IPv6'),
    runs_at_once: most(8, 'runs that are not wholly removed yet, of everybody together'),
    minutes: most(30, 'life of the two organizations'),
    requests_per_minute: most(3_000, 'with what was handed out for one run'),
    requests_per_run: most(20_000, 'with what was handed out for one run'),
    renewals_per_run: most(400, 'an organization emptied and filled anew'),
    bytes_per_run: most(33_554_432, 'in bodies of requests'),
    body_bytes: most(65_536, 'largest body of one request'),
  })
  .describe('limits')

export type Limits = Readonly<z.infer<typeof limitsSchema>>

/** @throws outsiders.bad_limits */
export function parseLimits(given: Readonly<Partial<Limits>>): Limits {
  const read = limitsSchema.safeParse(given)
  if (!read.success) throw refuse.bad_limits({ detail: z.prettifyError(read.error) })
  return Object.freeze(read.data)
}
