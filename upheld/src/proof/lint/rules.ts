import type { Rule } from './rule.ts'
import { callRules } from './rules/calls.ts'
import { definerRules } from './rules/definers.ts'
import { extensionRules } from './rules/extensions.ts'
import { grantRules } from './rules/grants.ts'
import { makingRules } from './rules/making.ts'
import { membershipRules } from './rules/memberships.ts'
import { outflowRules } from './rules/outflow.ts'
import { policyRules } from './rules/policies.ts'
import { roleRules } from './rules/roles.ts'
import { routineRules } from './rules/routines.ts'
import { secretRules } from './rules/secrets.ts'
import { serverRules } from './rules/server.ts'
import { sessionRules } from './rules/sessions.ts'
import { tableRules } from './rules/tables.ts'

/** Every rule, in the order in which the reference lists them. */
export const allRules: readonly Rule[] = Object.freeze([
  ...tableRules,
  ...policyRules,
  ...roleRules,
  ...membershipRules,
  ...grantRules,
  ...makingRules,
  ...callRules,
  ...definerRules,
  ...routineRules,
  ...secretRules,
  ...sessionRules,
  ...outflowRules,
  ...extensionRules,
  ...serverRules,
])
