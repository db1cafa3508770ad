import type { Claim } from './claim.ts'
import type { RunRecord, Standing } from './verdict.ts'

/** Everything that the page, the feed and the CLI say about one claim at one moment. */
export interface ClaimReport {
  readonly claim: Claim
  readonly digest: string
  readonly standing: Standing
  /** The newest finished run under any digest, and where it stands in the log. */
  readonly lastRun?: { readonly record: RunRecord; readonly index: number }
  readonly nextRunAt?: string
  readonly runsTotal: number
  /** Oldest first, one for each of the last 90 days; `none` when nothing ran that day, the worst verdict otherwise. */
  readonly days: readonly { readonly day: string; readonly worst: 'upheld' | 'refuted' | 'unproven' | 'none' }[]
  /** Every refuted spell ever, newest first. */
  readonly reds: readonly {
    readonly from: string
    readonly to?: string
    readonly indexFirst: number
    readonly findings: RunRecord['findings']
  }[]
}

export interface LogHead {
  readonly origin: string
  readonly size: number
  /** Base64 of the root hash. */
  readonly root: string
  /** The signed checkpoint, as served. */
  readonly checkpoint: string
  /** The verifier key, as in C2SP signed-note. */
  readonly key: string
  readonly signedAt: string
}

/** One consistent look at everything: made once, then rendered by page, feed, badge and CLI alike. */
export interface TrustReport {
  readonly service: string
  readonly at: string
  readonly claims: readonly ClaimReport[]
  readonly log: LogHead | undefined
  /** Set when the record itself does not hold: every claim is then unproven. */
  readonly recordFault?: string
}
