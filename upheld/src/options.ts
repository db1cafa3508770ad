import { z } from 'zod'
import { refuse, tenancyOptions } from './foundation/tenancy/index.ts'

const upheldOptions = z.strictObject({
  /** The application's login, such as postgres://upheld_app:secret@127.0.0.1/desk. */
  databaseUrl: z.string().regex(/^postgres(ql)?:\/\//, 'a postgres:// URL'),
  /** The file with the key that signs contexts, mode 0600. */
  contextKeyFile: z.string().min(1),
  connectionsMax: z.number().int().min(1).max(1_000).default(10),
  connectTimeoutMs: z.number().int().min(100).max(120_000).default(10_000),
  /** True behind a pooler in transaction mode, such as PgBouncer: statements go unnamed, contexts fit any backend. */
  pooler: z.boolean().default(false),
  tenancy: tenancyOptions.prefault({}),
})

export type UpheldOptions = z.input<typeof upheldOptions>

/** @throws tenancy.bad_options */
export function parseUpheldOptions(given: unknown): z.output<typeof upheldOptions> {
  const parsed = upheldOptions.safeParse(given)
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error) })
  return parsed.data
}
