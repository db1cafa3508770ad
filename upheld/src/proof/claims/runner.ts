import type { Clock } from '../../core/clock.ts'
import { assert } from '../../core/errors.ts'
import { instrumentsOf, noticersOf, type Instrument, type ProvenClaim, type Sabotage } from './claim.ts'
import { conclude, type Facts } from './conclude.ts'
import { claimDigest } from './definition.ts'
import { carriesUpheld } from './judge.ts'
import { dropMaxMs } from './limits.ts'
import { allHold, outcomeOf, seenOf, together, triedOf, type Broken, type Look } from './looks.ts'
import type { OnProgress } from './progress.ts'
import { openTally } from './tally.ts'
import type { RunRecord, TriedSabotage } from './verdict.ts'
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
  /** Twins that were probed and are being dropped while the next ones are probed. */
  readonly leaving: Set<Promise<void>>
}

type Twin = Awaited<ReturnType<Stage['twin']>>
type Probings = Pick<Facts, 'live' | 'untouched' | 'broken'>

/**
 * One run of one claim: its instruments on the live system; if that holds, the same on an untouched twin, which must
 * hold too, and on one freshly broken twin for each sabotage, which each of them must refute by itself, unless the
 * sabotage declares that it cannot. On a broken twin an instrument is ended by its first finding.
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
    const probings = await probeAll({ claim, ports, signal: AbortSignal.any([stop, limit.signal]), leaving: new Set() })
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

/** How one sabotage went that was tried by itself. It is no run: nothing of it is recorded, and no verdict follows from it. */
export interface Trial {
  readonly untouched: 'held' | 'failed'
  readonly outcome: TriedSabotage['outcome']
}

/**
 * An untouched twin and one broken one, probed as in a run, without the live system. Within the time of a run.
 * Undefined for a sabotage that the claim does not have.
 */
export async function trySabotage(
  claim: ProvenClaim,
  name: string,
  ports: RunnerPorts,
  stop: AbortSignal,
): Promise<Trial | undefined> {
  const sabotages = claim.sabotages.filter(one => one.name === name)
  if (sabotages.length === 0) return undefined
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), claim.timeoutSecs * 1000)
  try {
    const signal = AbortSignal.any([stop, limit.signal])
    const run = { claim: { ...claim, sabotages }, ports, signal, leaving: new Set<Promise<void>>() }
    const { untouched, broken } = await probeTwins(run, instrumentsOf(claim))
    const outcome = broken[0] === undefined ? 'errored' : outcomeOf(broken[0].looks)
    return Object.freeze({ untouched: allHold(untouched ?? []) ? 'held' : 'failed', outcome })
  } finally {
    clearTimeout(timer)
    limit.abort()
  }
}

async function probeAll(run: Run): Promise<Probings> {
  const instruments = instrumentsOf(run.claim)
  const live = await look(run, instruments, run.ports.stage.live, false)
  tell(run, 'live', live, allHold(live))
  if (!allHold(live)) return { live, broken: [] }

  return { live, ...(await probeTwins(run, instruments)) }
}

/** The untouched twin and the broken ones, as many at a time as the stage takes. In the order of the claim, whatever ends first. */
async function probeTwins(
  run: Run,
  instruments: readonly Instrument[],
): Promise<Pick<Probings, 'untouched' | 'broken'>> {
  const { sabotages } = run.claim
  let untouched: readonly Look[] = []
  const broken = new Map<Sabotage, Broken>()
  const waiting: (() => Promise<void>)[] = [
    // First, as it takes longest: nothing ends it early.
    async () => {
      untouched = await probeTwin(run, instruments, async twin => twin, false)
      tell(run, 'untouched twin', untouched, allHold(untouched))
    },
    ...sabotages.map(sabotage => async () => {
      if (!run.signal.aborted) broken.set(sabotage, await tryOne(run, sabotage))
    }),
  ]
  const next = waiting.values()
  const lane = async (): Promise<void> => {
    for (const probe of next) await probe()
  }
  await Promise.all(Array.from({ length: atOnce(run) }, lane))
  await Promise.all(run.leaving)
  return { untouched, broken: sabotages.flatMap(sabotage => broken.get(sabotage) ?? []) }
}

function atOnce({ ports }: Run): number {
  return ports.stage.twinsAtOnce ?? 1
}

async function tryOne(run: Run, sabotage: Sabotage): Promise<Broken> {
  const { name, beyond = {} } = sabotage
  const needed = noticersOf(run.claim, sabotage)
  const instruments = instrumentsOf(run.claim).filter(one => needed.includes(one.name))
  const looks = await probeTwin(run, instruments, twin => sabotage.apply(twin), true)
  // One that was given up says nothing about who would have noticed it.
  if (!run.signal.aborted) tell(run, name, looks, outcomeOf(looks) === 'caught')
  return { name, beyond: Object.keys(beyond), looks }
}

/** Each instrument by itself, in the order of the claim. */
async function look(
  { signal, ports }: Run,
  instruments: readonly Instrument[],
  world: World,
  stopAtFirst: boolean,
): Promise<readonly Look[]> {
  const looks: Look[] = []
  for (const instrument of instruments) {
    const tally = openTally(signal, { clock: ports.clock, stopAtFirst })
    const outcome = await within(signal, () => instrument.run(world, tally.report))
    looks.push({ by: instrument.name, seen: seenOf(outcome, tally.close()) })
  }
  return looks
}

/** A fresh twin, changed and probed, and on its way out whatever happens. */
async function probeTwin(
  run: Run,
  instruments: readonly Instrument[],
  change: (twin: TwinWorld) => Promise<World>,
  stopAtFirst: boolean,
): Promise<readonly Look[]> {
  const opening = Promise.try(() => run.ports.stage.twin())
  const opened = await within(run.signal, () => opening)
  if (opened.end !== 'finished') {
    // One that arrives after its time is dropped all the same.
    void opening.then(twin => drop(run, twin)).catch(() => undefined)
    return untried(run, instruments, opened)
  }
  const twin = opened.value
  try {
    const changed = await within(run.signal, () => change(twin.world))
    if (changed.end !== 'finished') return untried(run, instruments, changed)
    return await look(run, instruments, changed.value, stopAtFirst)
  } finally {
    await seeOff(run, twin)
  }
}

/** Where several twins may stand, as many may be on their way out; where one may, it is waited for. */
async function seeOff(run: Run, twin: Twin): Promise<void> {
  const leavingMax = atOnce(run)
  while (run.leaving.size >= leavingMax) await Promise.race(run.leaving)
  const gone: Promise<void> = drop(run, twin).finally(() => run.leaving.delete(gone))
  run.leaving.add(gone)
  if (leavingMax === 1) await gone
}

/** No instrument came to look, all for the same reason. */
function untried({ signal, ports }: Run, instruments: readonly Instrument[], why: Outcome<unknown>): readonly Look[] {
  const nothing = openTally(signal, { clock: ports.clock, stopAtFirst: false }).close()
  return instruments.map(({ name }) => ({ by: name, seen: seenOf(why, nothing) }))
}

/** A twin that stays behind is the operator's trouble; it says nothing about the claim. */
async function drop({ claim, ports }: Run, twin: Twin): Promise<void> {
  const dropped = await atMost(dropMaxMs, () => twin.drop())
  if (dropped.end === 'finished') return
  const cause = dropped.end === 'failed' ? { cause: dropped.thrown } : {}
  ports.onProgress?.({ type: 'trouble', claim: claim.id, says: 'A twin could not be dropped.', ...cause })
}

function tell({ claim, ports }: Run, place: string, looks: readonly Look[], good: boolean): void {
  ports.onProgress?.({ type: 'probed', claim: claim.id, place, seen: together(looks), good })
}

function recordOf(
  claim: ProvenClaim,
  sequence: number,
  facts: Facts,
  { startedAt, finishedAt }: { readonly startedAt: Date; readonly finishedAt: Date },
): RunRecord {
  const { untouched, broken } = facts
  const live = together(facts.live)
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
    sabotages: triedOf(claim, broken),
    untouched_twin: untouched === undefined ? 'not_tried' : allHold(untouched) ? 'held' : 'failed',
    ...conclude(claim, facts),
  }
  assert(record.verdict !== 'upheld' || carriesUpheld(claim, record), 'an upheld run carries its own proof')
  return Object.freeze(record)
}
