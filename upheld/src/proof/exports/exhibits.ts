import {
  instrumentsOf,
  reasonWords,
  type ClaimReport,
  type LogHead,
  type Mappings,
  type ProvenClaim,
  type Reason,
  type RunRecord,
  type TrustReport,
  type Verdict,
} from '../claims/index.ts'

/** One claim as every format may tell of it. */
export interface Exhibit {
  readonly id: string
  readonly kind: ClaimReport['claim']['kind']
  readonly sentence: string
  /** `sha256:` and hex of everything that the claim says and does. */
  readonly digest: string
  readonly verdict: Verdict
  readonly reason: Reason
  /** The reason in words, and what the run noted. */
  readonly why: string
  readonly since?: string
  /** The newest finished run, under whatever digest; absent when the record does not hold. */
  readonly run?: { readonly record: RunRecord; readonly index: number }
  readonly mappings: Mappings
  /** What is attacked and how; absent when nothing is. */
  readonly proof?: Proof
  /** Who answers for it; only of an attested claim. */
  readonly stated?: { readonly by: string; readonly at: string; readonly until: string; readonly digest: string }
}

interface Proof {
  readonly population: string
  readonly assumptions: readonly string[]
  readonly notCovered: readonly string[]
  readonly freshnessMins: number
  readonly observationsMin: number
  readonly instruments: readonly { readonly name: string; readonly says: string }[]
  readonly sabotages: readonly { readonly name: string; readonly says: string }[]
}

export interface Exhibits {
  readonly service: string
  /** The newest moment that the evidence speaks of, RFC 3339. Not the moment of the export: two of them are equal. */
  readonly asOf: string
  /** Absent when there is no log, or when it does not hold. */
  readonly log?: LogHead
  /** Why the record cannot be relied on. */
  readonly fault?: string
  readonly claims: readonly Exhibit[]
}

/** Where no evidence gives any time: a format that demands one gets a time that nobody takes for a real one. */
const noTime = '1970-01-01T00:00:00.000Z'

/** What may be said of every claim. A promise is held against its own evidence once more: it can be lost here, not won. */
export function exhibitsOf(report: TrustReport): Exhibits {
  const claims = report.claims.map(of => exhibitOf(of, report))
  const log = report.recordFault === undefined ? report.log : undefined
  const times = [log?.signedAt, ...claims.map(({ since }) => since)].filter(time => time !== undefined)
  return {
    service: report.service,
    asOf: times.reduce((newest, time) => (time > newest ? time : newest), noTime),
    ...(log === undefined ? {} : { log }),
    ...(report.recordFault === undefined ? {} : { fault: report.recordFault }),
    claims,
  }
}

function exhibitOf(of: ClaimReport, report: TrustReport): Exhibit {
  const { claim, digest, standing, lastRun } = of
  const doubt = standing.verdict === 'upheld' || standing.verdict === 'attested' ? doubtIn(of, report) : undefined
  const { verdict, reason, since, note } =
    doubt === undefined ? standing : { verdict: 'unproven' as const, reason: doubt, since: undefined, note: '' }
  const holds = report.recordFault === undefined && report.log !== undefined
  return {
    id: claim.id,
    kind: claim.kind,
    sentence: claim.sentence,
    digest,
    verdict,
    reason,
    why: note === '' || note === reasonWords[reason] ? reasonWords[reason] : `${reasonWords[reason]}: ${note}`,
    ...(since === undefined ? {} : { since }),
    ...(holds && lastRun !== undefined ? { run: lastRun } : {}),
    mappings: claim.mappings,
    ...(claim.kind === 'proven' ? { proof: proofOf(claim) } : {}),
    ...(claim.kind === 'attested'
      ? { stated: { by: claim.by, at: claim.statedAt, until: claim.expiresAt, digest: claim.documentDigest } }
      : {}),
  }
}

/** Why a word of promise cannot stand, as the page asks it. Without a record nothing is promised, stated or not. */
function doubtIn(
  { claim, digest, standing, lastRun }: ClaimReport,
  { recordFault, log, at }: TrustReport,
): Reason | undefined {
  if (recordFault !== undefined || log === undefined) return 'record_incomplete'
  if (standing.verdict === 'attested') {
    if (claim.kind !== 'attested') return 'record_incomplete'
    return Date.parse(claim.expiresAt) > Date.parse(at) ? undefined : 'expired'
  }
  if (claim.kind !== 'proven') return 'record_incomplete'
  if (lastRun === undefined) return 'never_run'
  const { record, index } = lastRun
  if (record.claim !== claim.id || index >= log.size) return 'record_incomplete'
  if (record.verdict !== 'upheld') return record.reason
  if (record.claim_digest !== digest) return 'changed'
  return Date.parse(record.expires_at) > Date.parse(at) ? undefined : 'expired'
}

function proofOf(claim: ProvenClaim): Proof {
  const { population, assumptions, notCovered, freshnessMins, observationsMin, sabotages } = claim
  return {
    population,
    assumptions,
    notCovered,
    freshnessMins,
    observationsMin,
    instruments: instrumentsOf(claim).map(({ name, says }) => ({ name, says })),
    sabotages: sabotages.map(({ name, says }) => ({ name, says })),
  }
}

/** "9 tables, 14 kinds of attack", as the probe counted them. */
export function counted(population: RunRecord['population']): string {
  const sizes = Object.entries(population).map(([unit, size]) => `${size} ${unit}`)
  return sizes.length === 0 ? 'nothing' : sizes.join(', ')
}

export function caughtOf({ sabotages }: RunRecord): string {
  return `${sabotages.filter(({ outcome }) => outcome === 'caught').length} of ${sabotages.length}`
}

/** The ids of a published standard that the claims name, each with its claims, in the order of the ids. */
export function byRequirement(
  claims: readonly Exhibit[],
  standard: keyof Mappings,
): ReadonlyMap<string, readonly Exhibit[]> {
  const pairs = claims.flatMap(claim => (claim.mappings[standard] ?? []).map(id => ({ id, claim })))
  const ids = [...new Set(pairs.map(({ id }) => id))].toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  return new Map(ids.map(id => [id, pairs.filter(pair => pair.id === id).map(({ claim }) => claim)]))
}
