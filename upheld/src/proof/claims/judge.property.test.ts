import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { doorClaim } from '../../../test/proof/door.ts'
import { claimDefinition, claimDigest } from './definition.ts'
import { judge, type OpenAttempt } from './judge.ts'
import type { Leaf } from './leaf.ts'
import { closingMaxMs, skewMaxMs } from './limits.ts'
import type { Reason, RunRecord } from './verdict.ts'

const promise = doorClaim()
const digest = claimDigest(promise)
const start = Date.parse('2026-11-20T12:00:00.000Z')
const freshnessMs = promise.freshnessMins * 60_000

const moment = fc.integer({ min: -2 * freshnessMs, max: 2 * freshnessMs }).map(ms => start + ms)
const anyDigest = fc.constantFrom(digest, digest, digest, `sha256:${'1'.repeat(64)}`)
const reasons: readonly Reason[] = ['refuted', 'errored', 'timed_out', 'empty', 'lost', 'clock']

/** Mostly whole runs, so that green is within reach; each part may be another. */
const run = fc
  .record({
    startedMs: moment,
    durationMs: fc.constantFrom(0, 1_000, 19_000, 30_000),
    lifeMs: fc.constantFrom(freshnessMs, freshnessMs, freshnessMs, freshnessMs * 9),
    claim_digest: anyDigest,
    verdict: fc.constantFrom('upheld', 'upheld', 'upheld', 'refuted', 'unproven'),
    reason: fc.constantFrom<Reason>('held', 'held', 'held', ...reasons),
    rooms: fc.constantFrom(3, 3, 3, 0),
    observations: fc.constantFrom(3, 3, 3, 2, 0),
    findings_total: fc.constantFrom(0, 0, 0, 1),
    outcome: fc.constantFrom('caught', 'caught', 'caught', 'missed', 'errored'),
    untouched_twin: fc.constantFrom('held', 'held', 'held', 'failed', 'not_tried'),
  })
  .map(({ startedMs, durationMs, lifeMs, rooms, outcome, ...rest }): RunRecord => ({
    type: 'upheld/run@v1',
    claim: promise.id,
    sequence: 1,
    started_at: new Date(startedMs).toISOString(),
    finished_at: new Date(startedMs + durationMs).toISOString(),
    duration_ms: durationMs,
    expires_at: new Date(startedMs + lifeMs).toISOString(),
    population: { rooms },
    observations_min: 3,
    findings: [],
    sabotages: [{ name: 'unlocked', outcome }],
    note: '',
    ...rest,
  }))

const other = fc
  .record({ declares: fc.boolean(), digest: anyDigest, atMs: moment })
  .map(({ declares, digest, atMs }): Leaf => {
    const rest = { claim: promise.id, digest, at: new Date(atMs).toISOString() }
    return declares
      ? { type: 'upheld/claim@v1', definition: claimDefinition(promise), ...rest }
      : { type: 'upheld/withdrawal@v1', ...rest }
  })

const leaf: fc.Arbitrary<Leaf> = fc.oneof({ arbitrary: run, weight: 5 }, { arbitrary: other, weight: 1 })
const open: fc.Arbitrary<OpenAttempt | undefined> = fc.option(
  fc.record({ sequence: fc.constant(2), startedAt: moment.map(ms => new Date(ms)), timeoutSecs: fc.constant(20) }),
  { nil: undefined, freq: 3 },
)
const fault = fc.constantFrom(undefined, undefined, undefined, 'A run is gone.')

/** The rule once more, said the other way round: what must all be true of the newest attempt. */
function mayBeGreen(leaves: readonly Leaf[], attempt: OpenAttempt | undefined, nowMs: number): boolean {
  const newest = leaves.at(-1)
  if (newest?.type !== 'upheld/run@v1') return false
  const finished = Date.parse(newest.finished_at)
  const begun = attempt?.startedAt.getTime()
  return (
    newest.verdict === 'upheld' &&
    newest.claim_digest === digest &&
    Date.parse(newest.expires_at) > nowMs &&
    Date.parse(newest.started_at) + freshnessMs > nowMs &&
    finished <= nowMs + skewMaxMs &&
    newest.findings_total === 0 &&
    newest.observations >= 3 &&
    Object.values(newest.population).every(size => size > 0) &&
    newest.sabotages.every(sabotage => sabotage.outcome === 'caught') &&
    (begun === undefined || (begun <= nowMs + skewMaxMs && begun + 20_000 + closingMaxMs >= nowMs))
  )
}

test('no history gives upheld unless its newest attempt is a finished, unexpired, whole run of this very claim', () => {
  let greens = 0
  const histories = fc.record({ leaves: fc.array(leaf, { maxLength: 8 }), open, fault, nowMs: moment })
  fc.assert(
    fc.property(histories, ({ leaves, open, fault, nowMs }) => {
      const { verdict } = judge(promise, digest, { leaves, open, fault }, new Date(nowMs))
      if (verdict !== 'upheld') return
      greens += 1
      assert.ok(fault === undefined && mayBeGreen(leaves, open, nowMs))
    }),
    { numRuns: 20_000 },
  )
  assert.ok(greens > 0, 'the search met a green, so the property was tried')
})

test('the older past never turns a verdict: only the newest leaf and the open attempt do', () => {
  const histories = fc.record({ past: fc.array(leaf, { maxLength: 6 }), newest: run, open, nowMs: moment })
  fc.assert(
    fc.property(histories, ({ past, newest, open, nowMs }) => {
      const [alone, after] = [[newest], [...past, newest]].map(leaves => {
        const { verdict, reason } = judge(promise, digest, { leaves, open }, new Date(nowMs))
        return { verdict, reason }
      })
      assert.deepEqual(alone, after)
    }),
    { numRuns: 5_000 },
  )
})
