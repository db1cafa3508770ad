import type { PageSource, TrustReport } from '../../proof/claims/index.ts'
import type { Look } from '../look/index.ts'
import type { ReadRecord } from './record.ts'

/** What one witness of the log signed last. */
export interface WitnessState {
  readonly name: string
  /** Undefined when it has signed nothing yet. */
  readonly signed?: { readonly size: number; readonly at: string; readonly root: string }
  /** The newest head that it would not sign, since it has seen more entries, or others. */
  readonly refused?: {
    readonly size: number
    readonly at: string
    readonly why: 'ahead' | 'other_history'
    /** It has signed again since. */
    readonly settled: boolean
  }
}

/** How often the operator's own people were let into an organization without its consent, in the last twelve months. */
export interface Emergencies {
  readonly broken: number
  /** By somebody else, within 72 hours. */
  readonly reviewedInTime: number
  /** Their 72 hours are over, and nobody reviewed them yet. */
  readonly overdue: number
}

/** What every page is made from: one look at the report, one moment, one record. */
export interface View {
  readonly report: TrustReport
  readonly page: PageSource
  readonly record: ReadRecord
  readonly look: Look
  readonly nowMs: number
  /** Whether the log is shown to any witness, and what each of them signed last. */
  readonly witnesses: readonly WitnessState[]
  /** Undefined where no support by consent is kept; unknown when it could not be counted. */
  readonly emergencies?: Emergencies | 'unknown'
  /** Where people reach this page, such as https://desk.example. */
  readonly origin: string
  /** Where strangers read how they may probe; absent where they may not. */
  readonly outsiders?: string
}

/** Paths of the trust page. They are part of its promise: a link to a claim stays. */
export const paths = Object.freeze({
  page: '/security',
  claim: (id: string) => `/security/claims/${encodeURIComponent(id)}`,
  history: '/security/history',
  evidence: '/security/evidence',
  check: '/security/verify',
  tools: '/security/verify/tools',
  checkScript: '/security/verify/page.js',
  checkpoint: '/security/evidence/checkpoint',
  bundle: '/security/evidence/bundle',
  proof: (index: number) => `/security/evidence/proof/${index}.tlog-proof`,
  entry: (index: number) => `/security/evidence?before=${index + 1}#entry-${index}`,
  exports: '/security/exports',
  feed: '/security/feed.json',
  feedSchema: '/security/feed.schema.json',
  atom: '/security/feed.atom',
  openapi: '/security/openapi.json',
  badge: '/security/badge.svg',
  claimBadge: (id: string) => `/security/claims/${encodeURIComponent(id)}/badge.svg`,
  securityTxt: '/.well-known/security.txt',
})
