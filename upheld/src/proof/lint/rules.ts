import type { Rule } from './rule.ts'
import { aroundRules } from './rules/around.ts'
import { belongingRules } from './rules/belonging.ts'
import { contextRules } from './rules/context.ts'
import { keyRules } from './rules/keys.ts'
import { policyRules } from './rules/policies.ts'
import { tableRules } from './rules/tables.ts'
import { viewRules } from './rules/views.ts'

/** Every rule, in the order in which the reference lists them. */
export const allRules: readonly Rule[] = Object.freeze([
  ...tableRules,
  ...belongingRules,
  ...policyRules,
  ...contextRules,
  ...viewRules,
  ...keyRules,
  ...aroundRules,
])
