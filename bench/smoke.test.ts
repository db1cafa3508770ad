import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { readBench, readRoundTrips } from './read.ts'

suite('the benches, at a size that says nothing about speed', () => {
  test('every way of reading gives the same answers', async () => {
    const results = await readBench([
      { rounds: 1, operations: 200, concurrency: 1 },
      { rounds: 1, operations: 200, concurrency: 8 },
    ])
    for (const { scores } of results) {
      assert.deepEqual(
        scores.map(score => score.name),
        ['no isolation', 'four statements', 'upheld'],
      )
      assert.equal(new Set(scores.map(score => score.answers)).size, 1)
    }
    assert.equal(new Set(results.flatMap(({ scores }) => scores.map(score => score.answers))).size, 1)
  })

  test('a tenant-bound read costs one round trip, the recipe four', async () => {
    assert.deepEqual(await readRoundTrips(), { bound: 1, recipe: 4 })
  })
})
