import type { Sabotage } from '../../../claims/index.ts'
import { copies } from './copies.ts'
import { drivers } from './driver.ts'
import { keys } from './keys.ts'
import { logins } from './logins.ts'
import { children, policies } from './policies.ts'
import { rights } from './rights.ts'
import { routines } from './routines.ts'
import { verifiers } from './verifier.ts'

/** Every way to break isolation that we know of, grouped by what is broken. */
export const mutations: readonly Sabotage[] = Object.freeze([
  ...policies,
  ...children,
  ...verifiers,
  ...keys,
  ...copies,
  ...routines,
  ...rights,
  ...logins,
  ...drivers,
])
