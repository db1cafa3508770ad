import type { Fixture } from '../fixture.ts'
import { keyFixtures } from './keys.ts'
import { policyFixtures } from './policies.ts'
import { tableFixtures } from './tables.ts'

/** Every planted hole. */
export const corpus: readonly Fixture[] = [...tableFixtures, ...policyFixtures, ...keyFixtures]
