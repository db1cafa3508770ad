import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { difference, type Told } from './compare.ts'

// Few words and few headers, so that answers often agree in some of them.
const text = fc
  .array(fc.constantFrom('no', 'id-a', 'id-b', '{"x":1}', ' ', 'ref'), { maxLength: 4 })
  .map(all => all.join(' '))
const told: fc.Arbitrary<Told> = fc
  .record({
    status: fc.constantFrom(200, 404),
    headers: fc.dictionary(fc.constantFrom('date', 'etag', 'content-length'), text, { maxKeys: 3 }),
    body: text,
    named: fc.subarray(['id-a', 'id-b']),
  })
  .map(({ named, ...answer }) => ({ answer: { ...answer, tookMs: 1 }, named }))

test('what is like one answer about nothing is like it and any others', () => {
  const others = fc.array(fc.tuple(told, fc.boolean()), { maxLength: 3 })
  fc.assert(
    fc.property(told, others, fc.boolean(), told, (first, more, same, other) => {
      const theirs = same ? { ...first, named: other.named } : other
      const absent = more.map(([one, alike]) => (alike ? { ...first, named: one.named } : one))
      if (difference([first], theirs) === undefined) assert.equal(difference([first, ...absent], theirs), undefined)
    }),
    { numRuns: 1000 },
  )
})
