import { contract } from './contract.ts'
import { drizzleTrial } from './subjects/drizzle.ts'
import { kyselyTrial } from './subjects/kysely.ts'
import { poolTrial } from './subjects/pool.ts'
import { prismaTrial } from './subjects/prisma.ts'

for (const trial of [poolTrial, kyselyTrial, drizzleTrial, prismaTrial]) contract(trial, 'on connections of its own')
