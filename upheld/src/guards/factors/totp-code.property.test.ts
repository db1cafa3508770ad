import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { codeAt, codeOf, stepAt, stepOf, totpUri } from './totp-code.ts'

/** RFC 6238 appendix B, the rows of SHA-1: the last six of the eight digits are the code of six. */
const vectors = [
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
] as const
const seed = Buffer.from('12345678901234567890')
const at = (secs: number) => new Date(secs * 1000)

const seeds = fc.uint8Array({ minLength: 20, maxLength: 20 })
const steps = fc.integer({ min: 1, max: 2 ** 36 })

suite('codes of RFC 6238', () => {
  for (const [secs, code] of vectors) {
    test(`appendix B: at ${secs} s the code is the one that the RFC says`, () => {
      assert.equal(codeAt(seed, stepAt(at(secs))), code.slice(2))
      assert.equal(stepOf(seed, code.slice(2), at(secs)), Math.floor(secs / 30))
    })
  }

  test('every code is what RFC 4226 section 5.3 makes of an HMAC', () => {
    fc.assert(
      fc.property(seeds, steps, (anySeed, step) => {
        const counter = Buffer.alloc(8)
        counter.writeBigUInt64BE(BigInt(step))
        const mac = createHmac('sha1', anySeed).update(counter).digest()
        const offset = mac.readUInt8(19) & 0x0f
        const expected = String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
        assert.equal(codeAt(anySeed, step), expected)
      }),
    )
  })

  test('this step and the one before are taken at any moment within a step; two back and the next are not', () => {
    fc.assert(
      fc.property(seeds, steps, fc.integer({ min: 0, max: 29_999 }), (anySeed, step, withinMs) => {
        const now = new Date(step * 30_000 + withinMs)
        assert.equal(stepAt(now), step)
        const codes = [-2, -1, 0, 1].map(ahead => (step + ahead < 0 ? '' : codeAt(anySeed, step + ahead)))
        // Four codes of six digits are the same now and then.
        fc.pre(new Set(codes).size === 4)
        assert.deepEqual(
          codes.map(code => stepOf(anySeed, code, now)),
          [undefined, step - 1, step, undefined],
        )
      }),
    )
  })

  test('a code that two steps share counts for the newer one, so that it is not taken again', () => {
    const step = 910_738
    assert.equal(codeAt(seed, step), codeAt(seed, step - 1))
    assert.equal(stepOf(seed, codeAt(seed, step), new Date(step * 30_000)), step)
  })

  test('at the beginning of time there is no step before', () => {
    assert.equal(stepOf(seed, codeAt(seed, 0), at(0)), 0)
    assert.equal(stepOf(seed, '', at(0)), undefined)
  })
})

suite('what somebody types', () => {
  test('spaces are no part of a code', () => {
    for (const typed of ['287082', '287 082', ' 287082 ', '28 70 82', '2 8 7 0 8 2']) {
      assert.equal(codeOf(typed), '287082')
    }
  })

  test('whatever is not six digits of ASCII is none', () => {
    const wrong = [
      '',
      '28708',
      '2870822',
      '287-082',
      '+287082',
      '2870.2',
      '287082\n',
      '287\t082',
      '287\u00a0082',
      '0x1234',
    ]
    const foreign = ['２８７０８２', '٢٨٧٠٨٢', '287082\0', `${' '.repeat(40)}287082`, '1e5000', ' '.repeat(100_000)]
    for (const typed of [...wrong, ...foreign])
      assert.equal(codeOf(typed), undefined, JSON.stringify(typed.slice(0, 20)))
  })

  test('whatever comes, the answer is six digits or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), typed => {
        const code = codeOf(typed)
        assert.ok(code === undefined || (/^\d{6}$/.test(code) && typed.replaceAll(' ', '') === code))
      }),
    )
  })
})

suite('what an app reads', () => {
  test('the address says all that the app needs, and nothing breaks out of it', () => {
    const nasty = 'a:b?secret=AAAA&issuer=evil#x@example.org'
    const { uri, secret } = totpUri(seed, { issuer: 'Desk & Co', account: nasty })
    const read = new URL(uri)
    assert.equal(read.protocol, 'otpauth:')
    assert.equal(read.host, 'totp')
    assert.equal(decodeURIComponent(read.pathname), `/Desk & Co:${nasty.replace(':', ' ')}`)
    assert.deepEqual(Object.fromEntries(read.searchParams), {
      issuer: 'Desk & Co',
      secret,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    })
    assert.match(secret, /^[A-Z2-7]{32}$/)
  })

  test('whatever an account is called, there is an address with the same seed', () => {
    fc.assert(
      fc.property(seeds, fc.string({ unit: 'binary', maxLength: 254 }), fc.boolean(), (anySeed, name, broken) => {
        const { uri, secret } = totpUri(anySeed, { issuer: 'Desk', account: broken ? `\ud800${name}` : name })
        assert.equal(new URL(uri).searchParams.get('secret'), secret)
        assert.equal(new URL(uri).searchParams.size, 5)
      }),
    )
  })
})
