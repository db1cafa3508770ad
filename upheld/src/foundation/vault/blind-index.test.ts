import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, suite, test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { newOrganizationId } from '../../core/ids.ts'
import { vaultStage } from '../../../test/vault/stage.ts'
import { encodeWords } from './address.ts'
import { blindIndexOf, macOf } from './blind-index.ts'
import { planBlindIndex } from './index-plan.ts'

const stage = vaultStage()
const { vault } = stage
after(() => stage.close())
const [acme, other] = [newOrganizationId(), newOrganizationId()]
const column = { table: 'desk.contact', column: 'email' }

test('every vector of HMAC-SHA-256 of Wycheproof, through the digest that is used', () => {
  const hex = z.string().regex(/^([0-9a-f]{2})*$/)
  const one = z.object({ tcId: z.number(), key: hex, msg: hex, tag: hex, result: z.enum(['valid', 'invalid']) })
  const form = z.object({ numberOfTests: z.number(), testGroups: z.array(z.object({ tests: z.array(one) })) })
  const url = new URL('../../../../vectors/wycheproof/hmac_sha256_test.json', import.meta.url)
  const file = form.parse(JSON.parse(readFileSync(url, 'utf8')))
  const vectors = file.testGroups.flatMap(group => group.tests)
  assert.deepEqual([vectors.length, file.numberOfTests], [174, 174])
  for (const { tcId, key, msg, tag, result } of vectors) {
    const made = macOf(createSecretKey(Buffer.from(key, 'hex')), Buffer.from(msg, 'hex')).toString('hex')
    assert.equal(made.startsWith(tag), result === 'valid', `${tcId}`)
  }
})

suite('a blind index', () => {
  test('is the same for the same text, in whichever form Unicode writes it, and has 16 bytes', async () => {
    const [one, two] = ['Zo\u00eb@example.org', 'Zoe\u0308@example.org']
    const digest = await vault.blindIndex(acme, column, one)
    assert.equal(digest.length, 16)
    assert.deepEqual(await vault.blindIndex(acme, column, two), digest)
    vault.forget(acme)
    assert.deepEqual(await vault.blindIndex(acme, column, one), digest)
  })

  test('compared between organizations, columns or tables is never equal, nor is it an unkeyed digest', async () => {
    const value = 'ada@example.org'
    const all = await Promise.all([
      vault.blindIndex(acme, column, value),
      vault.blindIndex(other, column, value),
      vault.blindIndex(acme, { ...column, column: 'name' }, value),
      vault.blindIndex(acme, { ...column, table: 'desk.person' }, value),
      vault.blindIndex(acme, { table: 'desk.contactemail', column: '' }, value),
      vault.blindIndex(acme, column, 'Ada@example.org'),
    ])
    assert.equal(new Set(all.map(one => one.toString('hex'))).size, all.length)
    const unkeyed = blindIndexOf({ id: '', epoch: 1, key: createSecretKey(Buffer.alloc(32)) }, column, value)
    assert.ok(all.every(one => !one.equals(unkeyed)))
  })

  test('of words that are cut elsewhere is another', () => {
    const words = fc.array(fc.string({ unit: 'binary', maxLength: 4 }), { maxLength: 4 })
    fc.assert(
      fc.property(words, words, (one, two) => {
        const same = one.length === two.length && one.every((word, at) => word === two[at])
        // Half of a character is refused before: without one, equal bytes are equal words.
        fc.pre([...one, ...two].every(word => word.isWellFormed()))
        assert.equal(encodeWords(one).equals(encodeWords(two)), same)
      }),
      { numRuns: 2_000 },
    )
    assert.notDeepEqual(encodeWords(['ab', 'c']), encodeWords(['a', 'bc']))
    assert.notDeepEqual(encodeWords(['', 'a']), encodeWords(['a', '']))
  })

  test('of fewer bits is the beginning of the whole, and zero behind it', () => {
    const key = { id: '', epoch: 1, key: createSecretKey(randomBytes(32)) }
    const whole = BigInt(`0x${blindIndexOf(key, column, 'ada').toString('hex')}`)
    for (let bits = 1; bits <= 128; bits++) {
      const cut = BigInt(`0x${blindIndexOf(key, { ...column, bits }, 'ada').toString('hex')}`)
      assert.equal(cut, (whole >> BigInt(128 - bits)) << BigInt(128 - bits))
    }
  })

  test('with no bits, too many, or of what is no text is refused', async () => {
    for (const bits of [0, 129, 1.5, Number.NaN])
      await assert.rejects(vault.blindIndex(acme, { ...column, bits }, 'a'), { code: 'vault.bad_index' })
    await assert.rejects(vault.blindIndex(acme, column, 'x'.repeat(2 ** 20 + 1)), { code: 'vault.bad_index' })
    await assert.rejects(vault.blindIndex(acme, column, '\ud800'), { code: 'vault.bad_value' })
  })
})

suite('which columns get a blind index', () => {
  for (const [what, distinct] of [
    ['a boolean', 2],
    ['a state', 5],
    ['a day of the week', 7],
    ['eight of anything', 8],
    ['a column with one value', 1],
  ] as const) {
    test(`${what} is refused, unless somebody says why it may be known`, () => {
      assert.throws(() => planBlindIndex({ distinct, rows: 100_000 }), { code: 'vault.low_entropy' })
      assert.throws(() => planBlindIndex({ distinct, rows: 100_000 }, 'because'), { code: 'vault.low_entropy' })
      const forced = planBlindIndex({ distinct, rows: 100_000 }, 'it stands on the public page anyway')
      assert.equal(forced.bits, 128)
      assert.match(forced.says, /^Against the rule: it stands/)
    })
  }

  test('values that come again get fewer bits, between the root of their number and half of it', () => {
    for (const distinct of [9, 12, 100, 1_000, 50_000, 10_000_000]) {
      const { bits } = planBlindIndex({ distinct, rows: distinct * 10 })
      assert.ok(2 ** bits > Math.sqrt(distinct) && 2 ** bits < distinct / 2, `${distinct}: ${bits}`)
    }
  })

  test('values that stand once keep all bits', () => {
    assert.equal(planBlindIndex({ distinct: 50_000, rows: 50_000 }).bits, 128)
  })

  test('numbers that cannot be are refused', () => {
    for (const population of [
      { distinct: 0, rows: 0 },
      { distinct: 10, rows: 9 },
      { distinct: 1.5, rows: 9 },
      { distinct: Number.NaN, rows: Number.NaN },
    ])
      assert.throws(() => planBlindIndex(population, 'for no good reason'), { code: 'vault.low_entropy' })
  })
})
