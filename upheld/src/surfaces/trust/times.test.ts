import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ago, cadence, length, moment } from './times.ts'

const now = Date.parse('2026-11-20T16:14:00.000Z')
const minute = 60_000

suite('times in plain words', () => {
  const lengths = [
    [0, 'less than a minute'],
    [59_999, 'less than a minute'],
    [minute, '1 minute'],
    [119_999, '1 minute'],
    [90 * minute, '90 minutes'],
    [60 * minute, '1 hour'],
    [26 * 60 * minute, '26 hours'],
    [24 * 60 * minute, '1 day'],
    [49 * 60 * minute, '2 days'],
  ] as const
  for (const [ms, words] of lengths) test(`${ms} ms is ${words}`, () => assert.equal(length(ms), words))

  test('a cadence reads after "every"', () => {
    assert.deepEqual([1, 15, 60, 1440, 10_080].map(cadence), ['minute', '15 minutes', 'hour', 'day', '7 days'])
  })
  test('the exact time is there for machines, in UTC', async () => {
    const html = String(await ago('2026-11-20T16:11:00.000Z', now))
    assert.equal(
      html,
      '<time datetime="2026-11-20T16:11:00.000Z" title="20 November 2026 at 16:11 UTC">3 minutes ago</time>',
    )
    assert.match(String(await ago('2026-11-20T16:20:00.000Z', now)), /in 6 minutes/)
    assert.match(String(await ago('2026-11-20T16:13:30.000Z', now)), /just now/)
  })
  test('what is no time is shown as it is, escaped', async () => {
    assert.equal(String(await moment('<b>')), '&lt;b&gt;')
  })
})
