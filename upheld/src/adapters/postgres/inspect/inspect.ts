import type { Clock } from '../../../core/clock.ts'
import { messageOf } from '../../../core/errors.ts'
import type { Queryable } from '../../../core/ports.ts'
import type { Fact } from './fact.ts'
import { grantFacts } from './grants.ts'
import { logFacts } from './logs.ts'
import { roleFacts } from './roles.ts'
import { clockFact, serverFacts } from './server.ts'

export type { Fact } from './fact.ts'

/**
 * What a running server lacks, for the person who has to mend it. Only reads. Looks with the rights of `admin`: what a
 * lesser login cannot see comes back as `unknown`.
 */
export async function inspectServer(admin: Queryable, clock: Clock): Promise<readonly Fact[]> {
  const parts: readonly (readonly [string, () => Promise<readonly Fact[]>])[] = [
    ['server', () => serverFacts(admin)],
    ['server.log', () => logFacts(admin)],
    ['server.clock', async () => [await clockFact(admin, clock)]],
    ['roles', () => roleFacts(admin)],
    ['grants', () => grantFacts(admin)],
  ]
  const facts: Fact[] = []
  for (const [id, look] of parts) facts.push(...(await look().catch((thrown: unknown) => [notSeen(id, thrown)])))
  return facts
}

function notSeen(id: string, thrown: unknown): Fact {
  return {
    id,
    ok: 'unknown',
    says: `This could not be looked at: ${messageOf(thrown)}`,
    mend: 'Look with a superuser login.',
  }
}
