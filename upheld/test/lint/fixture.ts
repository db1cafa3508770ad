import type { LintOptions } from '../../src/proof/lint/index.ts'

/**
 * One hole for one rule, planted into a database that was clean a moment before. `{app}`, `{owner}` and any other name in
 * braces stand for roles of this test's own: `{app}` is a login with rights on rows, `{owner}` owns the tables, others
 * are made by the fixture, and all are dropped afterwards.
 */
export interface Fixture {
  readonly rule: string
  /** What is planted, when a rule has several fixtures. */
  readonly name?: string
  /** SQL on top of the base (`base.ts`) that makes the clean twin. */
  readonly build?: string
  /** SQL that makes the hole in the clean twin. */
  readonly plant: string
  /** The label of the place that the rule must name. */
  readonly at: string
  /** `finding` when absent. */
  readonly as?: 'finding' | 'unproven'
  /** Rules that fire, or are unproven, in the clean twin already, each with its reason in a comment beside it. */
  readonly already?: readonly string[]
  readonly options?: LintOptions
  /** No SQL mends it. */
  readonly unmendable?: true
  /** Changes `{app}`, `{owner}` or `{guard}` themselves, which other fixtures use: gets some of its own. */
  readonly ownRoles?: true
  /** Changes the whole server: runs on one of its own. */
  readonly ownServer?: true
}
