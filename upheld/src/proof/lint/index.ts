export type { Ground, TenantTable } from './ground.ts'
export type { LintFinding, LintReport, UnprovenRule } from './report.ts'
export { severities, type Hit, type Place, type Rule, type Severity } from './rule.ts'
