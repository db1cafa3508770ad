/** A release of the server, such as 15.20. */
export interface Release {
  readonly major: number
  readonly minor: number
}

/** Two leaks of row security. The first shows another organization's row in the text of a refused upsert. */
const leaks = Object.freeze(['CVE-2026-120154', 'CVE-2026-116311'])

/**
 * The minimum minor release of each branch: the batch of 2026-11-12, which mends the two leaks and 40 other faults.
 * `confirmed` was read in the release notes (15.20) and attacked here. For the other branches we know only that the
 * batch of August 2026 (18.6, 17.11, 16.15, 15.19) still leaks, so the mend must be the next number; a minor that is
 * `confirmed: false` is good enough to choose, and is called unconfirmed by `doctor`.
 */
const minimums: readonly (Release & { readonly confirmed: boolean })[] = Object.freeze([
  { major: 18, minor: 7, confirmed: false },
  { major: 17, minor: 12, confirmed: false },
  { major: 16, minor: 16, confirmed: false },
  { major: 15, minor: 20, confirmed: true },
])

/** Postgres 15 is the oldest branch with security_invoker views that still gets mends; 14 ended on 2026-11-12. */
export const oldestMajor = 15

export interface Standing {
  /** `leaks`: a known leak is open. `unconfirmed`: probably mended, not read by us. `unknown`: a branch newer than this list. */
  readonly is: 'mended' | 'unconfirmed' | 'unknown' | 'leaks' | 'too_old'
  readonly says: string
  /** Absent when there is nothing to do. */
  readonly mend?: string
}

export function standingOf(release: Release): Standing {
  const name = releaseName(release)
  const both = leaks.join(' and ')
  if (release.major < oldestMajor) {
    return {
      is: 'too_old',
      says: `Postgres ${name} is past its end of life.`,
      mend: 'Move to Postgres 15.20 or later.',
    }
  }
  const minimum = minimums.find(({ major }) => major === release.major)
  if (minimum === undefined) return { is: 'unknown', says: `Postgres ${name} is newer than the releases that we know.` }
  if (release.minor < minimum.minor) {
    const doubt = minimum.confirmed ? '' : ', the next release of this branch; we have not read its notes'
    return {
      is: 'leaks',
      says: `Postgres ${name} has ${both} open.`,
      mend: `Install Postgres ${releaseName(minimum)} or later${doubt}.`,
    }
  }
  if (minimum.confirmed) return { is: 'mended', says: `Postgres ${name} has ${both} mended.` }
  return { is: 'unconfirmed', says: `Postgres ${name} should have ${both} mended; we have not read its release notes.` }
}

export function releaseName({ major, minor }: Release): string {
  return `${major}.${minor}`
}

/** Reads `postgres (PostgreSQL) 15.20 (Debian …)` and `15.20`; undefined for betas and for anything else. */
export function parseRelease(text: string): Release | undefined {
  const match = /(?:^|\s)(\d{2,3})\.(\d{1,3})(?=\s|$)/.exec(text.trim())
  return match === null ? undefined : { major: Number(match[1]), minor: Number(match[2]) }
}

export function isNewer(a: Release, b: Release): boolean {
  return a.major > b.major || (a.major === b.major && a.minor > b.minor)
}
