import { auditPlanted } from './audit.planted.ts'
import { grantsPlanted } from './grants.planted.ts'
import { kernelPlanted } from './kernel.planted.ts'
import { peoplePlanted } from './people.planted.ts'
import type { Planted } from './planted.ts'
import { rolesPlanted } from './roles.planted.ts'
import { routinesPlanted } from './routines.planted.ts'
import { serverPlanted } from './server.planted.ts'

export type { Planted } from './planted.ts'

export const planted: readonly Planted[] = Object.freeze([
  ...rolesPlanted,
  ...grantsPlanted,
  ...routinesPlanted,
  ...serverPlanted,
  ...kernelPlanted,
  ...auditPlanted,
  ...peoplePlanted,
])

/** Rules that need a server of their own to be broken: `server.test.ts`. */
const ofServer = ['server.release', 'outflow.slot', 'upheld.roles', 'upheld.owner-members']

/** Every rule that has a hole here. */
export const plantedAround: ReadonlySet<string> = new Set([...planted.map(({ rule }) => rule), ...ofServer])
