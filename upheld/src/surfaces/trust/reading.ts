import type { ClaimReport, Standing, TrustReport } from '../../proof/claims/index.ts'

/**
 * The report as a reader may see it at `nowMs`. It was made a moment ago, by code that may be wrong: here every word
 * of promise is held against its own evidence once more, and can only be taken back, never given.
 */
export function readAt(report: TrustReport, nowMs: number): TrustReport {
  return { ...report, claims: report.claims.map(claim => ({ ...claim, standing: standingAt(report, claim, nowMs) })) }
}

function standingAt(report: TrustReport, of: ClaimReport, nowMs: number): Standing {
  const { claim, standing } = of
  if (claim.kind === 'planned') {
    return standing.verdict === 'planned' ? standing : { verdict: 'planned', reason: 'planned', note: '' }
  }
  if (!isPromise(standing)) return standing
  const doubt = doubtIn(report, of, nowMs)
  if (doubt === undefined) return standing
  const since = doubt === 'unread' ? { since: report.at } : {}
  return { verdict: 'unproven', reason: doubt, ...since, note: '' }
}

function doubtIn(report: TrustReport, of: ClaimReport, nowMs: number): Standing['reason'] | undefined {
  if (report.recordFault !== undefined || report.log === undefined) return 'record_incomplete'
  // What was green when it was last read may be red by now.
  if (isStale(report)) return 'unread'
  if (of.claim.kind === 'attested') return Date.parse(of.claim.expiresAt) > nowMs ? undefined : 'expired'
  if (of.claim.kind === 'withdrawn') return 'withdrawn'
  const run = of.lastRun?.record
  if (run === undefined || of.standing.verdict !== 'upheld') return 'never_run'
  if (run.verdict !== 'upheld') return run.reason
  if (run.claim_digest !== of.digest) return 'changed'
  return Date.parse(run.expires_at) > nowMs ? undefined : 'expired'
}

/** Whether the report is an earlier look, kept in memory, since the record cannot be asked now. It carries no promise. */
export function isStale({ unread, recordFault }: TrustReport): boolean {
  return unread === true && recordFault === undefined
}

/** Only these two words carry a promise. */
export function isPromise(standing: Standing): boolean {
  return standing.verdict === 'upheld' || standing.verdict === 'attested'
}
