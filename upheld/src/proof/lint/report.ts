import type { Unseen } from '../../foundation/catalogue/index.ts'
import type { Hit, Severity } from './rule.ts'

export interface LintFinding extends Hit {
  readonly rule: string
  readonly severity: Severity
}

/** Why a rule says neither yes nor no. */
export interface UnprovenRule {
  readonly rule: string
  readonly why: string
}

/** What the linter saw of one database. Sound only when there are no findings and nothing is unproven. */
export interface LintReport {
  readonly database: string
  /** As the server says it, such as 15.20. */
  readonly release: string
  /** The role that looked. */
  readonly lookedAs: string
  /** The column that says whose a row is, and how it was found; absent when none was. */
  readonly tenantColumn?: { readonly name: string; readonly type: string; readonly how: 'given' | 'upheld' | 'found' }
  /** Roles that were taken for the application's. */
  readonly appRoles: readonly string[]
  /** How many of each were looked at, such as { tables: 9 }. */
  readonly population: Readonly<Record<string, number>>
  /** Most dangerous first; then by rule and place. */
  readonly findings: readonly LintFinding[]
  readonly unproven: readonly UnprovenRule[]
  readonly unseen: readonly Unseen[]
}
