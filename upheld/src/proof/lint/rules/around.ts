import type { Rule } from '../rule.ts'
import { auditRules } from './audit.ts'
import { callRules } from './calls.ts'
import { definerRules } from './definers.ts'
import { evidenceRules } from './evidence.ts'
import { extensionRules } from './extensions.ts'
import { grantRules } from './grants.ts'
import { houseRules } from './house.ts'
import { kernelRules } from './kernel.ts'
import { makingRules } from './making.ts'
import { membershipRules } from './memberships.ts'
import { outflowRules } from './outflow.ts'
import { roleRules } from './roles.ts'
import { routineRules } from './routines.ts'
import { secretRules } from './secrets.ts'
import { serverRules } from './server.ts'
import { sessionRules } from './sessions.ts'
import { tenantSchemaRules } from './tenant-schemas.ts'

/** The rules about what stands around the tables: roles, rights, functions, the server, and Upheld's own kernel. */
export const aroundRules: readonly Rule[] = Object.freeze([
  ...roleRules,
  ...membershipRules,
  ...sessionRules,
  ...grantRules,
  ...makingRules,
  ...callRules,
  ...definerRules,
  ...routineRules,
  ...extensionRules,
  ...outflowRules,
  ...secretRules,
  ...serverRules,
  ...kernelRules,
  ...houseRules,
  ...auditRules,
  ...evidenceRules,
  ...tenantSchemaRules,
])
