import type { Severity, UnprovenRule } from '../lint/index.ts'
import type { OutsideHit } from './rule.ts'

export interface OutsideFinding extends OutsideHit {
  readonly rule: string
  readonly severity: Severity
}

/** What an outsider saw of one web address. Sound only when there are no findings and nothing is unproven. */
export interface OutsideReport {
  /** As asked for, without user, query and fragment. */
  readonly address: string
  /** The versions of TLS that it speaks, newest first. */
  readonly tlsVersions: readonly string[]
  readonly population: { readonly requests: number; readonly handshakes: number; readonly rules: number }
  /** Most dangerous first; then by rule and place. */
  readonly findings: readonly OutsideFinding[]
  readonly unproven: readonly UnprovenRule[]
  /** Why the start page was not seen, as one of the codes of this module. */
  readonly fault?: { readonly code: string; readonly message: string; readonly mend?: string }
}
