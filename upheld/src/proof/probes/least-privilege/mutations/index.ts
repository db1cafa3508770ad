import type { Sabotage } from '../../../claims/index.ts'
import { capabilities } from './capabilities.ts'
import { logins } from './logins.ts'
import { rights } from './rights.ts'

/** Every way in which a login could do more than its work. */
export const mutations: readonly Sabotage[] = Object.freeze([...rights, ...capabilities, ...logins])
