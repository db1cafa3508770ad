/** The first minor release of a branch that mends a fault. */
interface MendedIn {
  readonly major: number
  readonly minor: number
  /** Read in a release note, a CVE record or a package's changelog; not reckoned from another branch. */
  readonly confirmed: boolean
}

/** A fault of Postgres itself that reaches around row security, or makes an injected statement more than a statement. */
export interface Advisory {
  readonly cve: string
  /** Numbers in the list of holes that docs/reference/rules.md prints. */
  readonly holes: readonly number[]
  readonly about: string
  /** Branches that had it. A supported branch that is not here was never without the mend. */
  readonly mendedIn: readonly MendedIn[]
}

const read = (numbers: Readonly<Record<number, number>>): readonly MendedIn[] =>
  Object.entries(numbers).map(([major, minor]) => ({ major: Number(major), minor, confirmed: true }))

/**
 * The batch of 2026-11-12. 15.20 was read in its changelog and attacked. Of the other branches we know only that the
 * batch of August does not have it, so the mend must be the next number.
 */
const november: readonly MendedIn[] = [
  { major: 18, minor: 7, confirmed: false },
  { major: 17, minor: 12, confirmed: false },
  { major: 16, minor: 16, confirmed: false },
  ...read({ 15: 20 }),
]
const august2026 = read({ 18: 6, 17: 11, 16: 15, 15: 19 })
const february2026 = read({ 18: 2, 17: 8, 16: 12, 15: 16 })
const august2025 = read({ 17: 6, 16: 10, 15: 14 })

/** Newest first, and among those of one day the worst first. Branches before 15 are too old for any of it. */
export const advisories: readonly Advisory[] = Object.freeze([
  { cve: 'CVE-2026-120154', holes: [16], about: 'a refused upsert prints a hidden row', mendedIn: november },
  { cve: 'CVE-2026-116311', holes: [27], about: 'DROP OWNED leaves its caller out of policies', mendedIn: november },
  { cve: 'CVE-2026-16237', holes: [28], about: 'an upsert through a view reaches hidden rows', mendedIn: november },
  { cve: 'CVE-2026-116303', holes: [29], about: 'casts to JSON call what may not be called', mendedIn: november },
  { cve: 'CVE-2026-116327', holes: [24], about: 'a function is taken for leakproof', mendedIn: november },
  { cve: 'CVE-2026-14666', holes: [25], about: 'a cached plan outlives a change of role', mendedIn: august2026 },
  { cve: 'CVE-2026-6471', holes: [33], about: 'a replication login loads any output plugin', mendedIn: august2026 },
  { cve: 'CVE-2026-16239', holes: [40], about: 'EXECUTE and FETCH read memory and run code', mendedIn: august2026 },
  { cve: 'CVE-2026-14676', holes: [40], about: 'pg_stat_statements writes past its buffer', mendedIn: august2026 },
  {
    cve: 'CVE-2026-6638',
    holes: [33],
    about: 'names of tables are run as SQL by logical replication',
    mendedIn: read({ 18: 4, 17: 10, 16: 14 }),
  },
  { cve: 'CVE-2026-2005', holes: [40], about: 'pgcrypto runs code from a message', mendedIn: february2026 },
  { cve: 'CVE-2025-8713', holes: [23], about: 'statistics show hidden rows to an operator', mendedIn: august2025 },
  { cve: 'CVE-2025-8714', holes: [33], about: 'a dump runs code where it is restored', mendedIn: august2025 },
  { cve: 'CVE-2025-8715', holes: [33], about: 'a line break in a name runs code at restore', mendedIn: august2025 },
  {
    cve: 'CVE-2024-10976',
    holes: [25],
    about: "a subquery's plan keeps another role's policies",
    mendedIn: read({ 17: 1, 16: 5, 15: 9 }),
  },
  {
    cve: 'CVE-2024-4317',
    holes: [23],
    about: "views show the statistics of others' tables",
    mendedIn: read({ 16: 3, 15: 7 }),
  },
  { cve: 'CVE-2023-39418', holes: [26], about: 'MERGE passes over policies', mendedIn: read({ 15: 4 }) },
  {
    cve: 'CVE-2023-2455',
    holes: [25],
    about: "an inlined function keeps another role's policies",
    mendedIn: read({ 15: 3 }),
  },
  { cve: 'CVE-2019-10130', holes: [23], about: 'statistics show hidden rows to a leaky operator', mendedIn: [] },
  { cve: 'CVE-2017-7484', holes: [23], about: 'estimates read tables that may not be read', mendedIn: [] },
  { cve: 'CVE-2016-2193', holes: [25], about: "a cached plan keeps another role's policies", mendedIn: [] },
])
