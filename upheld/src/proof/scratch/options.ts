import { z } from 'zod'
import { refuse } from './errors.ts'

const options = z.strictObject({
  /** Superuser or owner of the scratch database. Everything is planted in it, attacked, and removed. */
  scratchUrl: z.string().min(1),
  /** The database that is being looked at. The scratch database may not be the same. */
  lookedAtUrl: z.string().min(1).exactOptional(),
  /** The columns that say whose a row is, such as ['tenant_id'] or ['region', 'account_id']. Found by itself when absent. */
  tenantColumns: z.array(z.string().min(1)).min(1).max(4).readonly().exactOptional(),
  /** The application's role. Found by itself when there is only one that fits. */
  appRole: z.string().min(1).exactOptional(),
  /** The application's own login. Without it one is made for the run. */
  appUrl: z.string().min(1).exactOptional(),
  /** Statements that say whose request it is, $1 for the organization ($2 and on for a key of several columns). Derived from the policies when absent. */
  context: z.array(z.string().min(1)).min(1).max(8).readonly().exactOptional(),
  /** Goes on although others are connected to the scratch database. */
  evenIfInUse: z.boolean().exactOptional(),
  /** Schemas to attack; every schema but the system's own when absent. */
  schemas: z.array(z.string().min(1)).min(1).readonly().exactOptional(),
  /** Past this the run ends, unproven. */
  timeoutSecs: z.number().int().min(1).max(86_400).default(900),
  signal: z.instanceof(AbortSignal).exactOptional(),
})

export type ProbeOptions = z.input<typeof options>
export type ParsedProbeOptions = z.output<typeof options>

/** @throws scratch.bad_options with every problem at once */
export function parseProbeOptions(given: ProbeOptions): ParsedProbeOptions {
  const parsed = options.safeParse(given)
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error) })
  return Object.freeze(parsed.data)
}
