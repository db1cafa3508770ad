import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import type { Database } from '../../core/ports.ts'
import { mappingsSchema } from './check.ts'
import type { Claim, WithdrawnClaim } from './claim.ts'
import { claimDigest } from './definition.ts'
import { judge } from './judge.ts'
import type { ClaimLeaf } from './leaf.ts'
import { lapsesOf } from './lapses.ts'
import { daysOf, redsOf } from './past.ts'
import type { ReadLog, VerifiedLog } from './ports.ts'
import { openAttemptOf, readRecord, type ClaimRecord, type RecordRead } from './record.ts'
import type { Reason, RunRecord, Standing } from './verdict.ts'

/** Everything that the page, the feed and the CLI say about one claim at one moment. */
export interface ClaimReport {
  readonly claim: Claim | WithdrawnClaim
  readonly digest: string
  readonly standing: Standing
  /** The newest finished run under any digest, and where it stands in the log. */
  readonly lastRun?: { readonly record: RunRecord; readonly index: number }
  readonly nextRunAt?: string
  readonly runsTotal: number
  /** Oldest first, one for each of the last 90 days; `none` when nothing ran that day, the worst verdict otherwise. */
  readonly days: readonly { readonly day: string; readonly worst: 'upheld' | 'refuted' | 'unproven' | 'none' }[]
  /** Every refuted spell ever, newest first. It ends when a later run is upheld: an errored run ends nothing. */
  readonly reds: readonly {
    readonly from: string
    readonly to?: string
    /**
     * When the last attempt began that still held: it broke after that, so from here to `from` is the longest that it can
     * have been broken unseen. Absent when it never held before.
     */
    readonly heldAt?: string
    readonly indexFirst: number
    readonly findings: RunRecord['findings']
  }[]
  /** The newest spells without proof after an upheld run, newest first; at most 100. A red that follows ends one. */
  readonly lapses?: readonly {
    readonly from: string
    readonly to?: string
    /** What ended it. */
    readonly end?: 'upheld' | 'refuted' | 'withdrawn'
    /** `expired`, `changed`, or why the run was unproven. */
    readonly reason: Reason
    /** The entry of the log after which it was so: the upheld run that ran out, the unproven run, the change. */
    readonly index: number
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
  /** Set, beside the fault, when the database could not be asked: an earlier look is then all that is known. */
  readonly unread?: true
}

export interface ReportOptions {
  /** With the `upheld_page` login. */
  readonly database: Database
  readonly claims: readonly Claim[]
  readonly readLog: ReadLog
  readonly clock: Clock
  /** The name of the service, as the page prints it. */
  readonly service: string
}

/**
 * One look at everything: the record is read and checked as a whole, and each claim is judged by it.
 * Never rejects: when the record cannot be read, that is what the report says.
 */
export async function trustReport({ database, claims, readLog, clock, service }: ReportOptions): Promise<TrustReport> {
  const record = await readRecord(database, readLog)
  const now = clock.now()
  const reports = [...claims.map(claim => reportOn(claim, record, now)), ...withdrawnReports(claims, record, now)]
  const log = record.log === undefined ? undefined : headOf(record.log)
  const fault = record.fault === undefined ? {} : { recordFault: record.fault }
  const unread = record.unread === undefined ? {} : { unread: record.unread }
  return Object.freeze({ service, at: now.toISOString(), claims: reports, log, ...fault, ...unread })
}

/** A plan that was once a promise is a withdrawn promise, whatever it is called now. */
function reportOn(claim: Claim, record: RecordRead, now: Date): ClaimReport {
  const known = record.claims.get(claim.id)
  const withdrawn = claim.kind === 'planned' && known !== undefined ? lastPromise(known) : undefined
  return withdrawn === undefined
    ? describe(claim, claimDigest(claim), known, record.fault, now)
    : describe(withdrawn.claim, withdrawn.digest, known, record.fault, now)
}

/** Nobody gets rid of a promise by deleting it from the code: it stays listed, with all that was seen. */
function withdrawnReports(claims: readonly Claim[], record: RecordRead, now: Date): ClaimReport[] {
  const declared = new Set(claims.map(claim => claim.id))
  return [...record.claims.values()].flatMap(known => {
    const last = declared.has(known.id) ? undefined : lastPromise(known)
    return last === undefined ? [] : [describe(last.claim, last.digest, known, record.fault, now)]
  })
}

const definition = z.object({ sentence: z.string(), mappings: mappingsSchema })

/** The words that were last promised, out of the log: the code has forgotten them. */
function lastPromise({
  id,
  entries,
}: ClaimRecord): { readonly claim: WithdrawnClaim; readonly digest: string } | undefined {
  const leaf = entries.map(entry => entry.leaf).findLast((one): one is ClaimLeaf => one.type === 'upheld/claim@v1')
  const said = definition.safeParse(leaf?.definition)
  if (leaf === undefined || !said.success) return undefined
  return { claim: { kind: 'withdrawn', id, ...said.data }, digest: leaf.digest }
}

function describe(
  claim: Claim | WithdrawnClaim,
  digest: string,
  known: ClaimRecord | undefined,
  fault: string | undefined,
  now: Date,
): ClaimReport {
  const entries = known?.entries ?? []
  const open = known === undefined ? undefined : openAttemptOf(known)
  const history = { leaves: entries.map(({ leaf }) => leaf), open, fault }
  const runs = entries.flatMap(({ index, leaf }) => (leaf.type === 'upheld/run@v1' ? [{ index, leaf }] : []))
  const last = runs.at(-1)
  const due = known?.turn?.due_at ?? undefined
  return {
    claim,
    digest,
    standing: judge(claim, digest, history, now),
    ...(last === undefined ? {} : { lastRun: { record: last.leaf, index: last.index } }),
    ...(due === undefined ? {} : { nextRunAt: due.toISOString() }),
    runsTotal: runs.length,
    days: daysOf(runs, now),
    reds: redsOf(runs),
    lapses: lapsesOf(entries, now),
  }
}

function headOf({ origin, size, root, checkpoint, key, signedAt }: VerifiedLog): LogHead {
  return { origin, size, root: root.toString('base64'), checkpoint, key, signedAt: signedAt.toISOString() }
}
