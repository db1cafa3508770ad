import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { proberBench } from './prober.ts'

suite('what the prober costs', () => {
  test('statements grow with the number of tables, and no faster', async context => {
    const results = await proberBench([2, 4, 6])
    for (const where of ['upheld', 'scratch']) {
      const [two, four, six] = results.filter(one => one.where === where).map(one => one.statements)
      assert.ok(two !== undefined && four !== undefined && six !== undefined)
      const [first, second] = [four - two, six - four]
      context.diagnostic(`${where}: ${two}, ${four}, ${six} statements`)
      assert.ok(first > 0 && Math.abs(second - first) <= first * 0.1, `${where}: ${first} more, then ${second} more`)
    }
    assert.deepEqual(
      results.map(one => one.cameThrough),
      results.map(() => 0),
    )
  })
})
