import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { DrizzleConfig } from 'drizzle-orm'
import type pg from 'pg'
import type { Organization } from '../../../foundation/tenancy/index.ts'
import { refuse } from '../index.ts'
import { boundPool, type BoundPool } from '../pool/index.ts'

type Config<TSchema extends Record<string, unknown>> = Omit<DrizzleConfig<TSchema>, 'cache'>

/**
 * Drizzle over one organization: its own driver for node-postgres, with a pool that is bound. Its cache is refused: it
 * keeps answers by their text, and one text has an answer for each organization.
 * @throws builders.shared_cache
 */
export function boundDrizzle<TSchema extends Record<string, unknown> = Record<string, never>>(
  organization: Organization,
  config: Config<TSchema> = {},
): NodePgDatabase<TSchema> & { readonly $client: BoundPool } {
  if ('cache' in config && config.cache !== undefined) throw refuse.shared_cache()
  const client = boundPool(organization)
  // Drizzle asks of a pool what a bound one has; its type names the class.
  return drizzle<TSchema>({ ...config, client: client as unknown as pg.Pool })
}
