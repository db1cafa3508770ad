import type { Severity } from '../../proof/lint/index.ts'
import type { ProbeReport } from '../../proof/scratch/index.ts'

/** What was looked at: the catalogue of a database, a web address from outside, a scratch copy under attack. */
export type Subject = 'database' | 'address' | 'scratch'

export interface LookedRule {
  readonly id: string
  readonly of: 'database' | 'address'
  /** The promises of the catalogue that it speaks about. */
  readonly claims: readonly string[]
  readonly severity: Severity
  readonly title: string
  readonly why: string
}

export interface LookedFinding {
  readonly rule: string
  readonly of: 'database' | 'address'
  readonly severity: Severity
  readonly title: string
  readonly place: { readonly kind: string; readonly label: string }
  readonly saw: string
  readonly why: string
  /** SQL for a database, steps in words for an address. */
  readonly mend: readonly string[]
}

/** What could not be seen: one rule, or a section of the catalogue. */
export interface NotSeen {
  readonly of: 'database' | 'address'
  readonly rule?: string
  readonly severity?: Severity
  readonly what: string
  readonly why: string
}

/** A part that could not be looked at, with a stable code. */
export interface Fault {
  readonly of: Subject
  readonly code: string
  readonly message: string
  readonly mend?: string
}

export interface Looked {
  readonly of: Subject
  /** User, host and name of a database, or origin and path of an address: never a password. */
  readonly name: string
  readonly facts: readonly (readonly [label: string, text: string])[]
}

export type Standing =
  'hole seen' | 'no hole seen' | 'unproven' | 'upheld in the scratch copy' | 'refuted in the scratch copy'

export interface ClaimLine {
  readonly claim: string
  readonly standing: Standing
  readonly says: string
}

export interface LookReport {
  /** When the look ended, ISO 8601. */
  readonly at: string
  /** Of Upheld. */
  readonly version: string
  readonly looked: readonly Looked[]
  /** Every rule that was asked, whether it found something or not. */
  readonly rules: readonly LookedRule[]
  /** Most dangerous first. */
  readonly findings: readonly LookedFinding[]
  readonly notSeen: readonly NotSeen[]
  readonly faults: readonly Fault[]
  readonly claims: readonly ClaimLine[]
  readonly scratch?: ProbeReport
}
