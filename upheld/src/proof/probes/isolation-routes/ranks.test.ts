import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { compareRanks } from './ranks.ts'

/** The same numbers each time, well mixed. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

suite('times that are compared by rank', () => {
  test('agree with the values of a published table', () => {
    // Every one of five lies above every one of five: U = 25, and without ties z = (12.5 - 0.5) / sqrt(275 / 12).
    const { chance, effect, shift } = compareRanks([6, 7, 8, 9, 10], [1, 2, 3, 4, 5])
    assert.equal(effect, 1)
    assert.equal(shift, 5)
    assert.ok(Math.abs(chance - 0.0121858) < 1e-6, String(chance))
  })

  test('say nothing when all are equal', () => {
    assert.deepEqual(compareRanks([1, 1, 1, 1], [1, 1, 1, 1]), { chance: 1, effect: 0, shift: 0 })
  })

  test('are not moved by one that is far out', () => {
    const { effect, shift } = compareRanks([1, 2, 3, 4, 1e9], [1, 2, 3, 4, 5])
    assert.ok(Math.abs(effect) < 0.1)
    assert.equal(shift, 0)
  })

  test('raise an alarm by chance about as often as they say', () => {
    const next = numbers(20_261_121)
    const sample = (): number[] => Array.from({ length: 30 }, () => next() ** 3 * 40)
    const rounds = 4000
    const alarms = Array.from({ length: rounds }, () => compareRanks(sample(), sample())).filter(
      one => one.chance < 0.05,
    )
    assert.ok(alarms.length > rounds * 0.035 && alarms.length < rounds * 0.065, String(alarms.length))
  })

  test('see half a millisecond below noise of twenty', () => {
    const next = numbers(7)
    const sample = (more: number): number[] => Array.from({ length: 50 }, () => 2 + more + next() ** 24 * 20)
    const { chance, effect } = compareRanks(sample(0.5), sample(0))
    assert.ok(chance < 1e-6 && effect > 0.5, `${chance} ${effect}`)
  })
})
