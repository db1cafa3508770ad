import { z } from 'zod'
import { refuse, tenancyOptions } from './foundation/tenancy/index.ts'

export const vaultOptions = z.strictObject({
  /** The name of this installation: it is bound into every seal. */
  deployment: z.string().min(1).max(200),
  /** Mode 0600; made at the first start. Unused where a port brings the root key. */
  rootKeyFile: z.string().min(1),
  /** Where the wrapped keys of organizations lie, outside of the database and of its backups. */
  keyFolder: z.string().min(1),
  /** The oldest keys that still open, where no restored database reaches. */
  floorsFile: z.string().min(1),
})

const objectOptions = z.strictObject({
  /** Where sealed objects lie. Unused where a port brings a store. */
  folder: z.string().min(1),
  /** The keys that hide what stands in links, mode 0600; made at the first start. */
  linkKeyFile: z.string().min(1),
  /** Where links to objects begin. */
  linkPath: z.string().optional(),
})

export type VaultOptions = z.output<typeof vaultOptions>
export type ObjectOptions = z.output<typeof objectOptions>

const upheldOptions = z.strictObject({
  /** The application's login, such as postgres://upheld_app:secret@127.0.0.1/desk. */
  databaseUrl: z.string().regex(/^postgres(ql)?:\/\//, 'a postgres:// URL'),
  /** The login of staff, which reads under a grant of an organization. Without it no staff gets in. */
  staffDatabaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'a postgres:// URL')
    .optional(),
  /** The file with the key that signs contexts, mode 0600. */
  contextKeyFile: z.string().min(1),
  connectionsMax: z.number().int().min(1).max(1_000).default(10),
  connectTimeoutMs: z.number().int().min(100).max(120_000).default(10_000),
  /** True behind a pooler in transaction mode, such as PgBouncer: statements go unnamed, contexts fit any backend. */
  pooler: z.boolean().default(false),
  /**
   * The rows are in a cluster of Citus, installed with `engine: 'citus'`. Unproven: this form of the context has not run
   * on a real cluster yet. Two round trips for a statement in place of one.
   */
  unprovenCitus: z.boolean().default(false),
  tenancy: tenancyOptions.prefault({}),
  /** Without it nothing can be sealed or opened. The audit log must be installed. */
  vault: vaultOptions.optional(),
  /** Needs a vault. */
  objects: objectOptions.optional(),
})

export type UpheldOptions = z.input<typeof upheldOptions>

const cellOptions = z.strictObject({
  /** The database that knows where each organization lives; some may live in it. */
  home: upheldOptions,
  /** The other cells, by the four hex digits that stand in their contexts: `0000` is the home's. */
  cells: z.record(z.string().regex(/^(?!0000)[0-9a-f]{4}$/, 'four hex digits, not 0000'), upheldOptions),
})

export type UpheldCellsOptions = z.input<typeof cellOptions>

/** @throws tenancy.bad_options */
export function parseUpheldOptions(given: unknown): z.output<typeof upheldOptions> {
  return parseOptions(upheldOptions, given)
}

/** @throws tenancy.bad_options */
export function parseCellsOptions(given: unknown): z.output<typeof cellOptions> {
  return parseOptions(cellOptions, given)
}

export function parseOptions<T>(form: z.ZodType<T>, given: unknown): T {
  const parsed = form.safeParse(given)
  if (!parsed.success) throw refuse.bad_options({ detail: z.prettifyError(parsed.error) })
  return parsed.data
}
