import { people } from './people.ts'
import { policies } from './policies.ts'
import { records } from './record.ts'
import { rights } from './rights.ts'
import type { Sabotage } from './sabotage.ts'
import { secrets } from './secrets.ts'
import { trails } from './trails.ts'
import { verifiers } from './verifier.ts'
import { waysAround } from './ways-around.ts'

export const sabotages: readonly Sabotage[] = [
  ...policies,
  ...waysAround,
  ...verifiers,
  ...rights,
  ...records,
  ...trails,
  ...secrets,
  ...people,
]
