import { advisories, type Advisory } from './advisories.ts'

/** A release of the server, such as 15.20. */
export interface Release {
  readonly major: number
  readonly minor: number
}

/** Postgres 15 is the oldest branch with security_invoker views that still gets mends; 14 ended on 2026-11-12. */
export const oldestMajor = 15

/** The newest branch that the table of faults says anything about. */
const newestMajor = Math.max(...advisories.flatMap(({ mendedIn }) => mendedIn.map(({ major }) => major)))

export interface Standing {
  /** `leaks`: a known fault is open. `unconfirmed`: probably mended, not read by us. `unknown`: a branch newer than this list. */
  readonly is: 'mended' | 'unconfirmed' | 'unknown' | 'leaks' | 'too_old'
  readonly says: string
  /** Absent when there is nothing to do. */
  readonly mend?: string
}

/** Faults of one release: those that it has, and those whose mend in it was not read by us. */
export function faultsOf(release: Release): {
  readonly open: readonly Advisory[]
  readonly unconfirmed: readonly Advisory[]
} {
  const open: Advisory[] = []
  const unconfirmed: Advisory[] = []
  for (const advisory of advisories) {
    const mend = advisory.mendedIn.find(({ major }) => major === release.major)
    if (mend === undefined) continue
    if (release.minor < mend.minor) open.push(advisory)
    else if (!mend.confirmed) unconfirmed.push(advisory)
  }
  return { open, unconfirmed }
}

export function standingOf(release: Release): Standing {
  const name = releaseName(release)
  if (release.major < oldestMajor) {
    return {
      is: 'too_old',
      says: `Postgres ${name} is past its end of life.`,
      mend: 'Move to Postgres 15.20 or later.',
    }
  }
  if (release.major > newestMajor) {
    return { is: 'unknown', says: `Postgres ${name} is newer than the releases that we know.` }
  }
  const { open, unconfirmed } = faultsOf(release)
  if (open.length > 0) {
    const { minor, confirmed } = minimumOf(release.major)
    const doubt = confirmed ? '' : ', the next release of this branch; we have not read its notes'
    return {
      is: 'leaks',
      says: `Postgres ${name} has ${named(open)} open.`,
      mend: `Install Postgres ${releaseName({ major: release.major, minor })} or later${doubt}.`,
    }
  }
  if (unconfirmed.length > 0) {
    return {
      is: 'unconfirmed',
      says: `Postgres ${name} should have ${named(unconfirmed)} mended; we have not read its release notes.`,
    }
  }
  return { is: 'mended', says: `Postgres ${name} has ${named(advisories.slice(0, 2))} mended, and all before them.` }
}

/** The first minor of a branch that mends everything in the table. */
function minimumOf(major: number): { readonly minor: number; readonly confirmed: boolean } {
  const mends = advisories.flatMap(({ mendedIn }) => mendedIn.filter(mend => mend.major === major))
  const minor = Math.max(...mends.map(mend => mend.minor))
  return { minor, confirmed: mends.every(mend => mend.minor < minor || mend.confirmed) }
}

function named(faults: readonly Advisory[]): string {
  const names = faults.slice(0, 3).map(({ cve }) => cve)
  const more = faults.length - names.length
  const last = more > 0 ? `${more} more` : names.pop()
  return names.length === 0 ? String(last) : `${names.join(', ')} and ${last}`
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
