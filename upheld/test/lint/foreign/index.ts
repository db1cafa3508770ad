import { bigintAccounts, slugs } from './plain.ts'
import { camelCase, postgrest, supabase } from './popular.ts'
import type { ForeignSchema } from './schema.ts'
import { composite, partitioned, twoSchemas } from './shaped.ts'

/** Schemas as other people build them. */
export const foreignSchemas: readonly ForeignSchema[] = [
  supabase,
  postgrest,
  camelCase,
  bigintAccounts,
  slugs,
  composite,
  partitioned,
  twoSchemas,
]
