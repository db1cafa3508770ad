import type { Catalogue, SectionName } from '../../foundation/catalogue/index.ts'
import type { Ground } from './ground.ts'

/** How bad it is: critical shows every row to others, low is a hardening that nothing reaches yet. */
export const severities = ['critical', 'high', 'medium', 'low'] as const
export type Severity = (typeof severities)[number]

/** Something of the database that a rule points at. */
export interface Place {
  readonly kind:
    'server' | 'database' | 'schema' | 'table' | 'view' | 'sequence' | 'policy' | 'function' | 'role' | 'object'
  /** Quoted as SQL needs it, such as shop."order". */
  readonly label: string
}

/** One place that breaks a rule. */
export interface Hit {
  readonly place: Place
  /** What the catalogue says there, in one plain sentence. Names objects, never rows. */
  readonly saw: string
  /** The SQL that mends it, one statement each, ready to paste; empty where no SQL can. */
  readonly mend: readonly string[]
  /** Where this place is worse or better than the rule in general. */
  readonly severity?: Severity
  /** When the catalogue cannot tell: reported as unproven, with `saw` as the reason, not as a finding. */
  readonly unproven?: boolean
}

/** One way in which a database can leak between organizations, as its catalogue shows it. */
export interface Rule {
  /** Stable, such as policy.write-unchecked. */
  readonly id: string
  /** Numbers in the list of holes that docs/reference/rules.md prints. */
  readonly holes: readonly number[]
  readonly severity: Severity
  /** The fault, as a heading: "Row security is not forced on the owner". */
  readonly title: string
  /** What somebody could do with it, in one or two plain sentences. */
  readonly why: string
  /** The sections that it rests on. If one was not seen, the rule is unproven. */
  readonly needs: readonly SectionName[]
  /** False when it can judge a database in which nobody knows whose a row is; otherwise it is unproven there. */
  readonly tenancy?: boolean
  check(catalogue: Catalogue, ground: Ground): Iterable<Hit>
}
