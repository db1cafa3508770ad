import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson } from '../../../core/json.ts'
import type { JsonObject } from '../../../core/json.ts'
import { readLeaf } from '../../../core/transparency/index.ts'
import { isLeaf } from './scan.ts'

const agrees = (bytes: Buffer): void => assert.equal(isLeaf(bytes), readLeaf(bytes) !== undefined, bytes.toString())

const value = fc.letrec<{ value: JsonObject[string] }>(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 4 }), tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value
const leaf = fc.dictionary(fc.string({ maxLength: 6 }), value, { maxKeys: 6, noNullPrototype: true })

test('the fast reader of leaves and the slow one agree, on leaves and on what is almost one', () => {
  const edit = fc.record({
    at: fc.nat(),
    cut: fc.nat(2),
    put: fc.constantFrom('', ' ', '0', '"', ',', '}', '\\u0041', 'é', '1'),
  })
  fc.assert(
    fc.property(leaf, edit, (one, { at, cut, put }) => {
      const text = canonicalJson(one)
      agrees(Buffer.from(text))
      const from = at % (text.length + 1)
      agrees(Buffer.from(text.slice(0, from) + put + text.slice(from + cut)))
      const bytes = Buffer.from(text)
      bytes[at % bytes.length] = cut * 100 + 33
      agrees(bytes)
    }),
    { numRuns: 2000 },
  )
})

const odd = [
  '',
  '{',
  '{}',
  '{} ',
  '{"a":1,"a":1}',
  '{"b":1,"a":1}',
  '{"a":1,"ab":1}',
  '{"ab":1,"a":1}',
  '{"10":1,"9":1}',
  '{"9":1,"10":1}',
]
const numbers = [
  '0',
  '-0',
  '00',
  '01',
  '-1',
  '1.0',
  '1e1',
  '9007199254740991',
  '9007199254740992',
  '-',
  '1234567890123456789',
]
const nested = [15, 16, 31, 32, 33].map(depth => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`)
const texts = [
  '"\\u0000"',
  '"\\n"',
  '"\\u000a"',
  '"\u2028"',
  '"\ud83d\ude00"',
  '"\\ud800"',
  '"\u007f"',
  'tru',
  'true',
  'nul',
  'null',
  'falsee',
]
for (const text of [...odd, ...nested, ...[...numbers, ...texts].map(one => `{"a":${one}}`)]) {
  test(`both agree on ${JSON.stringify(text.slice(0, 40))} of ${text.length} characters`, () =>
    agrees(Buffer.from(text)))
}

test('both agree on bytes that are no UTF-8, and on what is too long', () => {
  for (const bad of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0xe2, 0x82]]) {
    agrees(Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bad), Buffer.from('"}')]))
    agrees(Buffer.concat([Buffer.from(bad), Buffer.from('{"a":1}')]))
  }
  for (const length of [16_376, 16_377]) agrees(Buffer.from(`{"a":"${'x'.repeat(length)}"}`))
})
