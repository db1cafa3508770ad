import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { keysOf } from './keys.ts'
import { parseLimits } from './limits.ts'
import { placesOf } from './places.ts'
import type { Attempt } from './shapes.ts'

const key = randomBytes(32)
const from = (address: string, more: Partial<Attempt> = {}): Attempt => ({
  account: { unknown: 'ann@acme.example' },
  factor: 'password',
  visitor: { address, agent: 'a test' },
  ...more,
})

suite('what one try counts for', () => {
  test('R3: every notation of an address, and every address of a /64 and a /56, is one place', () => {
    const same = [
      [
        '192.0.2.1',
        '::ffff:192.0.2.1',
        '::FFFF:C000:201',
        '0:0:0:0:0:ffff:c000:0201',
        '::192.0.2.1',
        '64:ff9b::192.0.2.1',
        '64:ff9b::c000:201',
        '2002:c000:201::1',
      ],
      [
        '2001:db8:1:1::1',
        '2001:DB8:1:1::1',
        '2001:0db8:0001:0001:0000:0000:0000:0001',
        '2001:db8:1:1:ffff:ffff:ffff:ffff',
        '2001:db8:1:ff::',
        '2001:db8:1:1::192.0.2.1',
        '2001:db8:1:1::1%eth0',
      ],
      ['', 'unknown', '1.2.3', '0x7f.1', '192.0.2.1:80', '[::1]', ':::1', '1'.repeat(10_000)],
    ]
    for (const forms of same) {
      const keys = forms.map(form => keysOf(from(form), key))
      for (const [at, { places }] of keys.entries()) {
        assert.ok(places !== undefined)
        assert.deepEqual(places, keys[0]?.places, forms[at] ?? '')
      }
    }
    const apart = ['192.0.2.1', '192.0.2.2', '2001:db8:1:1::1', '2001:db8:1:100::1', '::1', 'unread']
    assert.equal(new Set(apart.map(form => keysOf(from(form), key).places?.address.toString('hex'))).size, apart.length)
    assert.equal(placesOf('192.0.2.200').network, placesOf('::ffff:192.0.2.7').network)
    assert.equal(placesOf('2001:db8:1:1::1').network, placesOf('2001:db8:1:ffff::1').network)
    assert.notEqual(placesOf('2001:db8:1::1').network, placesOf('2001:db8:2::1').network)
  })

  test('R28: what else a body carries changes no bucket', () => {
    const plain = from('192.0.2.1')
    const more = {
      ...plain,
      ip: '203.0.113.9',
      key: 'x',
      email: 'other@acme.example',
      bucket: 1,
      __proto__: { known: 'x' },
    }
    const visitor = { ...plain.visitor, agent: 'other', device: 'not proven', forwarded: '203.0.113.9' }
    assert.deepEqual(keysOf({ ...more, visitor }, key), keysOf(plain, key))
  })

  test('R24: long identifiers are told apart to their last character', () => {
    const long = 'a'.repeat(100_000)
    const keys = ['b', 'c'].map(end =>
      keysOf(from('192.0.2.1', { account: { person: long + end }, known: long + end }), key),
    )
    assert.notDeepEqual(keys[0]?.account, keys[1]?.account)
    assert.notDeepEqual(keys[0]?.own, keys[1]?.own)
  })

  test('a device is known to one account: named at another one it is another bucket', () => {
    const own = (person: string) => keysOf(from('192.0.2.1', { account: { person }, known: 'device' }), key).own
    assert.notDeepEqual(own('one'), own('two'))
    assert.notDeepEqual(own('one'), keysOf(from('192.0.2.1', { account: { person: 'one' } }), key).own)
  })

  test('a known device counts at no address, network or organization, and not among everybody', () => {
    const stranger = from('192.0.2.1', { organization: 'acme' })
    assert.deepEqual(Object.keys(keysOf(stranger, key).places ?? {}).length, 5)
    assert.equal(keysOf({ ...stranger, known: 'device' }, key).places, undefined)
  })

  test('what a stranger can make up has 2^22 keys of each kind, and no key is its address', () => {
    for (let n = 0; n < 2_000; n++) {
      const unknown = { account: { unknown: `${n}@acme.example` } }
      const { account, places } = keysOf(from(`2001:db8:${n.toString(16)}::1`, unknown), key)
      for (const one of [account, places?.address, places?.network]) {
        assert.ok(one?.length === 5)
        assert.ok(one.readUInt32LE(1) < 2 ** 22)
      }
    }
    const other = keysOf(from('192.0.2.1'), randomBytes(32))
    assert.notDeepEqual(other.places?.address, keysOf(from('192.0.2.1'), key).places?.address)
  })

  test('R29: limits are numbers; a text, a fraction and a misspelt name are refused', () => {
    for (const given of [
      { budget: '100' },
      { budget: 99.5 },
      { budget: 101 },
      { budgets: 5 },
      { free: 0 },
      { slowSecs: -1 },
    ])
      assert.throws(
        () => parseLimits(given),
        (thrown: unknown) => thrown instanceof Error && 'code' in thrown && thrown.code === 'takeover.bad_options',
      )
    assert.equal(parseLimits({}).budget, 100)
  })
})
