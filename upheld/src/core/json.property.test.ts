import assert from 'node:assert/strict'
import { test } from 'node:test'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { canonicalJson } from './json.ts'
import type { Json } from './json.ts'

const leaves = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'binary' }),
)
const { value: values } = fc.letrec<{ value: Json }>(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    leaves,
    fc.array(tie('value')),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('value')),
  ),
}))

test('canonical JSON is what another implementation of RFC 8785 writes', () => {
  fc.assert(
    fc.property(values, value => {
      assert.equal(canonicalJson(value), canonicalize(value))
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)))
    }),
    { numRuns: 1000 },
  )
})

test('canonical JSON sorts keys by UTF-16 code units, as RFC 8785 section 3.2.3 shows', () => {
  const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6']
  const text = canonicalJson(Object.fromEntries(keys.map(key => [key, 0])))
  const places = ['\\r', '1', '\u0080', '\u00f6', '\u20ac', '\u{1f600}', '\ufb33'].map(key => text.indexOf(`"${key}"`))
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  )
})

test('what JSON cannot hold is refused', () => {
  for (const value of [NaN, Infinity, '\ud800', { '\udc00': 1 }]) assert.throws(() => canonicalJson(value))
})
