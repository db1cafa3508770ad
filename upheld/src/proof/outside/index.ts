export { lookFromOutside, type OutsideOptions } from './look.ts'
export type { OutsideFinding, OutsideReport } from './report.ts'
export type { OutsidePlace, OutsideRule } from './rule.ts'
export { outsideRules } from './rules/all.ts'
