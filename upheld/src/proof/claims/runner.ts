import type { Clock } from '../../core/clock.ts'
import { assert } from '../../core/errors.ts'
import { claimDigest, type ProvenClaim } from './claim.ts'
import { conclude, holds, outcomeOf, type Facts, type Seen } from './conclude.ts'
import { carriesUpheld } from './judge.ts'
import { dropMaxMs } from './limits.ts'
import type { OnProgress } from './progress.ts'
import { openTally, type Count } from './tally.ts'
import type { RunRecord } from './verdict.ts'
import { atMost, within, type Outcome } from './within.ts'
import type { Stage, TwinWorld, World } from './world.ts'

export interface RunnerPorts {
  readonly stage: Stage
  readonly clock: Clock
  readonly onProgress?: OnProgress
}

interface Run {
  readonly claim: ProvenClaim
  readonly ports: RunnerPorts
  readonly signal: AbortSignal
}

type Twin = Awaited<ReturnType<Stage['twin']>>
type Probings = Pick<Facts, 'live' | 'untouched' | 'broken'>

/**
 * One run of one claim: the probe on the live system; if that holds, the same probe on an untouched twin, which must
 * hold too, and on one freshly broken twin for each sabotage, each of which must be refuted.
 * Never rejects for anything that a probe or a sabotage does. Ends within `timeoutSecs` and the time to drop a twin.
 */
export async function runClaim(
  claim: ProvenClaim,
  sequence: number,
  ports: RunnerPorts,
  stop: AbortSignal,
): Promise<RunRecord> {
  const { clock } = ports
  const startedAt = clock.now()
  const startedMs = clock.monotonicMs()
  ports.onProgress?.({ type: 'started', claim: claim.id, sequence, worlds: claim.sabotages.length + 2 })
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), claim.timeoutSecs * 1000)
  try {
    const probings = await probeAll({ claim, ports, signal: AbortSignal.any([stop, limit.signal]) })
    const durationMs = clock.monotonicMs() - startedMs
    const finishedAt = clock.now()
    const steppedMs = finishedAt.getTime() - startedAt.getTime() - durationMs
    const stopped = stop.aborted && !limit.signal.aborted
    return recordOf(claim, sequence, { ...probings, durationMs, steppedMs, stopped }, { startedAt, finishedAt })
  } finally {
    clearTimeout(timer)
    // Whatever was abandoned hears that nobody waits for it.
    limit.abort()
  }
}

async function probeAll(run: Run): Promise<Probings> {
  const live = await probe(run, run.ports.stage.live)
  tell(run, 'live', live, holds(live))
  if (!holds(live)) return { live, broken: [] }

  const untouched = await probeTwin(run, async twin => twin)
  tell(run, 'untouched twin', untouched, holds(untouched))
  const broken: Probings['broken'][number][] = []
  for (const sabotage of run.claim.sabotages) {
    const { name } = sabotage
    if (run.signal.aborted) break
    const seen = await probeTwin(run, twin => sabotage.apply(twin))
    tell(run, name, seen, outcomeOf(seen) === 'caught')
    broken.push({ name, seen })
  }
  return { live, untouched, broken }
}

async function probe({ claim, signal }: Run, world: World): Promise<Seen> {
  const tally = openTally(signal)
  const outcome = await within(signal, () => claim.probe.run(world, tally.report))
  return seenOf(outcome, tally.close())
}

/** A fresh twin, changed and probed, and dropped whatever happens. */
async function probeTwin(run: Run, change: (twin: TwinWorld) => Promise<World>): Promise<Seen> {
  const opening = Promise.try(() => run.ports.stage.twin())
  const opened = await within(run.signal, () => opening)
  if (opened.end !== 'finished') {
    // One that arrives after its time is dropped all the same.
    void opening.then(twin => drop(run, twin)).catch(() => undefined)
    return seenOf(opened, openTally(run.signal).close())
  }
  const twin = opened.value
  try {
    const changed = await within(run.signal, () => change(twin.world))
    if (changed.end !== 'finished') return seenOf(changed, openTally(run.signal).close())
    return await probe(run, changed.value)
  } finally {
    await drop(run, twin)
  }
}

/** A twin that stays behind is the operator's trouble; it says nothing about the claim. */
async function drop({ claim, ports }: Run, twin: Twin): Promise<void> {
  const dropped = await atMost(dropMaxMs, () => twin.drop())
  if (dropped.end === 'finished') return
  const cause = dropped.end === 'failed' ? { cause: dropped.thrown } : {}
  ports.onProgress?.({ type: 'trouble', claim: claim.id, says: 'A twin could not be dropped.', ...cause })
}

function seenOf(outcome: Outcome<unknown>, count: Count): Seen {
  return outcome.end === 'failed' ? { ...count, end: 'failed', thrown: outcome.thrown } : { ...count, end: outcome.end }
}

function tell({ claim, ports }: Run, place: string, seen: Seen, good: boolean): void {
  ports.onProgress?.({ type: 'probed', claim: claim.id, place, seen, good })
}

function recordOf(
  claim: ProvenClaim,
  sequence: number,
  facts: Facts,
  { startedAt, finishedAt }: { readonly startedAt: Date; readonly finishedAt: Date },
): RunRecord {
  const { live, untouched, broken } = facts
  const record: RunRecord = {
    type: 'upheld/run@v1',
    claim: claim.id,
    claim_digest: claimDigest(claim),
    sequence,
    started_at: startedAt.toISOString(),
    finished_at: finishedAt.toISOString(),
    duration_ms: Math.round(facts.durationMs),
    expires_at: new Date(startedAt.getTime() + claim.freshnessMins * 60_000).toISOString(),
    population: live.population,
    observations: live.observations,
    observations_min: claim.observationsMin,
    findings: live.findings,
    findings_total: live.findingsTotal,
    sabotages: broken.map(({ name, seen }) => ({ name, outcome: outcomeOf(seen) })),
    untouched_twin: untouched === undefined ? 'not_tried' : holds(untouched) ? 'held' : 'failed',
    ...conclude(claim, facts),
  }
  assert(record.verdict !== 'upheld' || carriesUpheld(claim, record), 'an upheld run carries its own proof')
  return Object.freeze(record)
}
