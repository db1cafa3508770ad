import {
  noticersOf,
  type AttestedClaim,
  type Claim,
  type ProvenClaim,
  type Sabotage,
  type WithdrawnClaim,
} from './claim.ts'
import type { Leaf } from './leaf.ts'
import { closingMaxMs, skewMaxMs } from './limits.ts'
import type { Reason, RunRecord, Standing, TriedSabotage, Verdict } from './verdict.ts'
import { reasonWords } from './words.ts'

/** A run that was started and is not in the log yet. */
export interface OpenAttempt {
  readonly sequence: number
  readonly startedAt: Date
  readonly timeoutSecs: number
}

/** What is known of one claim. */
export interface History {
  /** Its leaves in the order of the log. */
  readonly leaves: readonly Leaf[]
  readonly open?: OpenAttempt | undefined
  /** Set when the record as a whole does not hold. */
  readonly fault?: string | undefined
}

/** From `atMs` on, the claim stood like this. */
interface Mark {
  /** Absent when nobody wrote the moment down. */
  readonly atMs?: number
  readonly verdict: Verdict
  readonly reason: Reason
  readonly note?: string
  readonly digest?: string
  /** When an upheld mark stops being one by itself. */
  readonly expiresAtMs?: number
}

/**
 * How a claim stands for somebody who reads at `now`. Pure: the same history gives the same standing everywhere.
 * The newest attempt decides; nothing that is absent, late or doubtful is ever `upheld`.
 */
export function judge(claim: Claim | WithdrawnClaim, digest: string, history: History, now: Date): Standing {
  switch (claim.kind) {
    case 'planned':
      return standing([{ verdict: 'planned', reason: 'planned' }])
    case 'attested':
      return standing(statement(claim, now.getTime()))
    case 'withdrawn':
      return standing(withdrawal(history.leaves))
    case 'proven':
      return standing(proof(claim, digest, history, now.getTime()))
  }
}

function statement({ statedAt, expiresAt }: AttestedClaim, nowMs: number): Mark[] {
  const stated = Date.parse(statedAt)
  if (stated > nowMs + skewMaxMs) return [doubt('clock')]
  const marks: Mark[] = [{ atMs: stated, verdict: 'attested', reason: 'attested', expiresAtMs: Date.parse(expiresAt) }]
  return withExpiry(marks, nowMs)
}

function withdrawal(leaves: readonly Leaf[]): Mark[] {
  const marks = timeline(leaves)
  return marks.at(-1)?.reason === 'withdrawn' ? marks : [...marks, doubt('withdrawn')]
}

function proof(claim: ProvenClaim, digest: string, { leaves, open, fault }: History, nowMs: number): Mark[] {
  if (fault !== undefined) return [{ ...doubt('record_incomplete'), note: fault }]
  const newest = leaves.findLast(leaf => leaf.type === 'upheld/run@v1')
  const times = [newest === undefined ? 0 : Date.parse(newest.finished_at), open?.startedAt.getTime() ?? 0]
  if (Math.max(...times) > nowMs + skewMaxMs) return [doubt('clock')]

  const marks = timeline(leaves)
  const last = marks.at(-1)
  if (last === undefined) marks.push(doubt('never_run'))
  else if (last.digest !== digest) marks.push(doubt('changed'))
  else if (last.verdict === 'upheld' && (newest === undefined || !carriesUpheld(claim, newest))) {
    marks.splice(-1, 1, {
      ...last,
      ...doubt('record_incomplete'),
      note: 'The newest run calls itself upheld and is not.',
    })
  }

  const overdueAtMs = open === undefined ? Infinity : limitOf(open)
  if (overdueAtMs >= nowMs) return withExpiry(marks, nowMs)
  return [...withExpiry(marks, overdueAtMs), { ...doubt('overdue'), atMs: overdueAtMs }]
}

function limitOf(open: OpenAttempt): number {
  return open.startedAt.getTime() + open.timeoutSecs * 1000 + closingMaxMs
}

/**
 * Whether a run that calls itself upheld may: its own numbers must say so, whoever wrote the word.
 * The runner asks the same before it writes the word.
 */
export function carriesUpheld(claim: ProvenClaim, run: RunRecord): boolean {
  const sizes = Object.values(run.population)
  const startedMs = Date.parse(run.started_at)
  return (
    run.verdict === 'upheld' &&
    run.reason === 'held' &&
    run.observations >= Math.max(1, claim.observationsMin) &&
    sizes.length > 0 &&
    sizes.every(size => size > 0) &&
    run.findings_total === 0 &&
    run.findings.length === 0 &&
    run.untouched_twin === 'held' &&
    run.sabotages.length === claim.sabotages.length &&
    claim.sabotages.every((sabotage, place) => isCaught(claim, sabotage, run.sabotages[place])) &&
    run.duration_ms <= claim.timeoutSecs * 1000 &&
    Date.parse(run.finished_at) >= startedMs &&
    Date.parse(run.expires_at) === startedMs + claim.freshnessMins * 60_000
  )
}

/** With several instruments: noticed by each of them that is not declared blind to it, and by no other. */
function isCaught(claim: ProvenClaim, sabotage: Sabotage, tried: TriedSabotage | undefined): boolean {
  if (tried?.name !== sabotage.name || tried.outcome !== 'caught') return false
  if (claim.instruments === undefined) return tried.noticed === undefined && tried.beyond === undefined
  const noticed = (tried.noticed ?? []).map(([by]) => by)
  return (
    noticed.join() === noticersOf(claim, sabotage).join() &&
    (tried.beyond ?? []).join() === Object.keys(sabotage.beyond ?? {}).join()
  )
}

/** How the claim stood after each leaf, with the moments at which evidence ran out in between. */
function timeline(leaves: readonly Leaf[]): Mark[] {
  let marks: Mark[] = []
  let everRun = false
  for (const leaf of leaves) {
    const mark = markOf(leaf, everRun)
    marks = [...withExpiry(marks, mark.atMs ?? 0), mark]
    everRun ||= leaf.type === 'upheld/run@v1'
  }
  return marks
}

function markOf(leaf: Leaf, everRun: boolean): Mark {
  switch (leaf.type) {
    case 'upheld/claim@v1':
      return { ...doubt(everRun ? 'changed' : 'never_run'), atMs: Date.parse(leaf.at), digest: leaf.digest }
    case 'upheld/withdrawal@v1':
      return { ...doubt('withdrawn'), atMs: Date.parse(leaf.at), digest: leaf.digest }
    case 'upheld/run@v1': {
      const { verdict, reason, note, claim_digest: digest } = leaf
      const mark = { atMs: Date.parse(leaf.finished_at), verdict, reason, note, digest }
      return verdict === 'upheld' ? { ...mark, expiresAtMs: Date.parse(leaf.expires_at) } : mark
    }
  }
}

function withExpiry(marks: Mark[], untilMs: number): Mark[] {
  const { expiresAtMs, digest } = marks.at(-1) ?? {}
  if (expiresAtMs === undefined || expiresAtMs > untilMs) return marks
  return [...marks, { ...doubt('expired'), atMs: expiresAtMs, ...(digest === undefined ? {} : { digest }) }]
}

function doubt(reason: Reason): Mark {
  return { verdict: 'unproven', reason }
}

/** The newest mark, and since when all marks up to it carry the same verdict. */
function standing(marks: readonly Mark[]): Standing {
  const last = marks.at(-1) ?? doubt('never_run')
  const other = marks.findLastIndex(mark => mark.verdict !== last.verdict)
  const sinceMs = marks[other + 1]?.atMs
  return {
    verdict: last.verdict,
    reason: last.reason,
    ...(sinceMs === undefined ? {} : { since: new Date(sinceMs).toISOString() }),
    note: last.note === undefined || last.note === '' ? reasonWords[last.reason] : last.note,
  }
}
