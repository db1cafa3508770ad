import type { Rule } from './rule.ts'
import { aroundRules } from './rules/around.ts'
import { policyRules } from './rules/policies.ts'
import { tableRules } from './rules/tables.ts'

/** Every rule, in the order in which the reference lists them. */
export const allRules: readonly Rule[] = Object.freeze([...tableRules, ...policyRules, ...aroundRules])
