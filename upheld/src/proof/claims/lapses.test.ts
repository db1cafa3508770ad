import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { lapsesOf } from './lapses.ts'
import type { Leaf } from './leaf.ts'

const start = Date.parse('2026-11-20T12:00:00.000Z')
const freshnessMins = 15
const digest = `sha256:${'0'.repeat(64)}`

function at(minutes: number): string {
  return new Date(start + minutes * 60_000).toISOString()
}

function run(minutes: number, verdict: 'upheld' | 'refuted' | 'unproven' = 'upheld'): Leaf {
  return {
    type: 'upheld/run@v1',
    claim: 'x.y',
    claim_digest: digest,
    sequence: 1,
    started_at: at(minutes),
    finished_at: at(minutes),
    duration_ms: 0,
    expires_at: at(minutes + freshnessMins),
    verdict,
    reason: verdict === 'upheld' ? 'held' : verdict === 'refuted' ? 'refuted' : 'timed_out',
    population: {},
    observations: 1,
    observations_min: 1,
    findings: [],
    findings_total: 0,
    sabotages: [],
    untouched_twin: 'held',
    note: '',
  }
}
const declared = (minutes: number): Leaf => ({
  type: 'upheld/claim@v1',
  claim: 'x.y',
  digest,
  definition: {},
  at: at(minutes),
})
const withdrawn = (minutes: number): Leaf => ({ type: 'upheld/withdrawal@v1', claim: 'x.y', digest, at: at(minutes) })

function lapses(leaves: readonly Leaf[], nowMinutes: number) {
  const entries = leaves.map((leaf, index) => ({ index, leaf }))
  return lapsesOf(entries, new Date(start + nowMinutes * 60_000))
}

suite('spells without proof', () => {
  test('none while runs follow each other in time, and none before the first upheld one', () => {
    assert.deepEqual(lapses([declared(0), run(0), run(10), run(20)], 30), [])
    assert.deepEqual(lapses([declared(0), run(0, 'unproven'), run(10, 'refuted'), run(20)], 30), [])
    assert.deepEqual(lapses([], 30), [])
  })
  test('a run that fails begins one, at its end; the next upheld run ends it', () => {
    const open = { from: at(10), reason: 'timed_out', index: 2 }
    assert.deepEqual(lapses([declared(0), run(0), run(10, 'unproven')], 11), [open])
    const leaves = [declared(0), run(0), run(10, 'unproven'), run(12, 'unproven'), run(14)]
    assert.deepEqual(lapses(leaves, 15), [{ ...open, to: at(14), end: 'upheld' }])
  })
  test('evidence that runs out begins one at that moment, known when a later entry shows it', () => {
    assert.deepEqual(lapses([declared(0), run(0), run(40)], 41), [
      { from: at(15), to: at(40), end: 'upheld', reason: 'expired', index: 1 },
    ])
  })
  test('the newest evidence is taken for expired a minute late, so that what was told is never taken back', () => {
    assert.deepEqual(lapses([declared(0), run(0)], 15.9), [])
    assert.deepEqual(lapses([declared(0), run(0)], 16), [{ from: at(15), reason: 'expired', index: 1 }])
  })
  test('a red or a withdrawal ends one, and begins none', () => {
    assert.deepEqual(lapses([declared(0), run(0), run(5, 'unproven'), run(8, 'refuted'), run(9)], 10), [
      { from: at(5), to: at(8), end: 'refuted', reason: 'timed_out', index: 2 },
    ])
    assert.deepEqual(lapses([declared(0), run(0), run(5, 'unproven'), withdrawn(8)], 90), [
      { from: at(5), to: at(8), end: 'withdrawn', reason: 'timed_out', index: 2 },
    ])
    assert.deepEqual(lapses([declared(0), run(0), withdrawn(8)], 90), [])
  })
  test('a claim that changes is without proof until it is attacked in its new words', () => {
    assert.deepEqual(lapses([declared(0), run(0), declared(4), run(6)], 7), [
      { from: at(4), to: at(6), end: 'upheld', reason: 'changed', index: 2 },
    ])
  })
  test('the newest hundred are listed, newest first', () => {
    const leaves = [declared(0), ...Array.from({ length: 150 }, (_, place) => run(place * 60))]
    const found = lapses(leaves, 150 * 60)
    assert.equal(found.length, 100)
    assert.deepEqual(found[0], { from: at(149 * 60 + 15), reason: 'expired', index: 150 })
  })
})
