import type { Report } from '../../claims/index.ts'

/** What an attack reports to: a claim's report, and a place for what could not be tried. */
export interface AttackLog extends Report {
  /** An attack that says nothing here, and why: the right is missing, or there is nothing to see. */
  pass(attack: string, where: string, why: string): void
}

/** A claim counts what was attacked; what was not is no evidence of anything. */
export function logOf(report: Report): AttackLog {
  return { ...report, pass: () => undefined }
}
