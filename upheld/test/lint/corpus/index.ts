import type { Fixture } from '../fixture.ts'
import { belongingFixtures } from './belonging.ts'
import { contextFixtures } from './context.ts'
import { keyFixtures } from './keys.ts'
import { policyFixtures } from './policies.ts'
import { tableFixtures } from './tables.ts'
import { viewFixtures } from './views.ts'

/** Every planted hole. */
export const corpus: readonly Fixture[] = [
  ...tableFixtures,
  ...belongingFixtures,
  ...policyFixtures,
  ...contextFixtures,
  ...viewFixtures,
  ...keyFixtures,
]
