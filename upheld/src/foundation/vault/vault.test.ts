import assert from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { after, suite, test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { UpheldError } from '../../core/errors.ts'
import { newOrganizationId } from '../../core/ids.ts'
import type { Address } from '../../core/ports.ts'
import { openVault } from './vault.ts'
import { turnedClock, vaultStage } from '../../../test/vault/stage.ts'

const stage = vaultStage({ clock: turnedClock() })
const { vault } = stage
after(() => stage.close())

const acme = newOrganizationId()
const other = newOrganizationId()
const cell: Address = { table: 'desk.integration', column: 'token', row: '0192f0c1-7c3e-7b3a-8c1d-3f2a9b1c0d0e' }
const token = 'xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy'
const sealed = await vault.seal(acme, cell, token)
// The other organization has keys of its own, or it would be refused for that alone.
await vault.seal(other, cell, 'theirs')

const refused = (work: Promise<unknown>, code = 'vault.denied'): Promise<void> => assert.rejects(work, { code })

/** As a caller does whom no types stop. */
async function carelessly(name: 'seal' | 'open', ...args: unknown[]): Promise<unknown> {
  const method: unknown = Reflect.get(vault, name)
  assert.ok(typeof method === 'function')
  const result: unknown = Reflect.apply(method, vault, args)
  return result
}

suite('what is sealed', () => {
  test('opens again for its organization, table, column and row, byte for byte', async () => {
    assert.equal((await vault.open(acme, cell, sealed)).reveal(), token)
    const binary = randomBytes(300)
    const kept = await vault.seal(acme, cell, binary)
    const opened = await vault.open(acme, cell, kept)
    assert.deepEqual(opened.bytes(), binary)
    assert.throws(() => opened.reveal(), { code: 'vault.not_text' })
  })

  test('is 84 bytes longer, begins with format, flags, schema and key id, and says nothing of what it holds', async () => {
    const key = await vault.dataKey(acme, 'table:desk.integration')
    assert.equal(sealed.length, token.length + 84)
    assert.equal(sealed.toString('hex', 0, 12), `01010001${key.id}`)
    const about = await vault.seal(acme, { ...cell, subject: 'ada', revision: '7' }, '')
    assert.deepEqual([about.length, about.toString('hex', 0, 4)], [84, '01070001'])
    for (const word of [token, acme, cell.table, cell.column, cell.row]) assert.ok(!sealed.includes(word))
  })

  test('is never the same twice', async () => {
    const many = await Promise.all(Array.from({ length: 500 }, () => vault.seal(acme, cell, token)))
    assert.equal(new Set(many.map(one => one.toString('hex', 12, 36))).size, 500)
    assert.equal(new Set(many.map(one => one.toString('hex', 68))).size, 500)
  })

  test('has any size from nothing to 1 MiB', async () => {
    for (const size of [0, 1, 16_383, 16_384, 16_385, 40_000, 2 ** 20]) {
      const value = Buffer.alloc(size, 'x')
      assert.deepEqual((await vault.open(acme, cell, await vault.seal(acme, cell, value))).bytes(), value)
    }
  })

  test('keeps every text as it is, NUL included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async text => {
        assert.equal((await vault.open(acme, cell, await vault.seal(acme, cell, text))).reveal(), text)
      }),
      { numRuns: 100 },
    )
  })
})

suite('a ciphertext in another place', () => {
  test('copied to another organization does not open', () => refused(vault.open(other, cell, sealed)))

  for (const [where, elsewhere] of [
    ['row', { ...cell, row: '0192f0c1-7c3e-7b3a-8c1d-3f2a9b1c0d0f' }],
    ['column', { ...cell, column: 'secret' }],
    ['table', { ...cell, table: 'desk.webhook' }],
    ['person', { ...cell, subject: 'ada' }],
    ['revision', { ...cell, revision: '1' }],
  ] as const) {
    test(`copied to another ${where} of the same organization does not open`, () =>
      refused(vault.open(acme, elsewhere, sealed)))
  }

  test('copied to another table does not open even with the key of its own', async () => {
    const [one, two] = [
      { ...cell, subject: 'ada' },
      { ...cell, subject: 'ada', table: 'desk.webhook' },
    ]
    const about = await vault.seal(acme, one, token)
    await vault.seal(acme, two, token)
    await refused(vault.open(acme, two, about))
    assert.equal((await vault.open(acme, one, about)).reveal(), token)
  })

  test('of another installation that shares root key and key store does not open, nor do its keys', async () => {
    const sameKeys = openVault({ chain: stage.chain, deployment: 'another' })
    await refused(sameKeys.open(acme, cell, sealed))
    const twin = vaultStage({ deployment: 'another', folder: stage.folder })
    await refused(twin.vault.open(acme, cell, sealed), 'kms.denied')
    twin.close()
  })

  test('words that are cut elsewhere do not make the same context', async () => {
    const short = await vault.seal(acme, { table: 'a.b', column: 'cd', row: 'e' }, token)
    await refused(vault.open(acme, { table: 'a.b', column: 'c', row: 'de' }, short))
    const person = await vault.seal(acme, { ...cell, subject: 'ab' }, token)
    await refused(vault.open(acme, { ...cell, subject: 'a', revision: 'b' }, person))
  })
})

suite('a ciphertext that was changed', () => {
  test('in any single bit of any byte does not open', async () => {
    for (let at = 0; at < sealed.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(sealed)
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit)
        await assert.rejects(vault.open(acme, cell, flipped), ({ code }: { code: string }) =>
          (at < 4 ? ['vault.denied', 'vault.not_sealed', 'vault.unknown_version'] : ['vault.denied']).includes(code),
        )
      }
    }
  })

  test('cut at any place, its tag to 4 to 15 bytes among them, does not open', async () => {
    for (let length = 1; length < sealed.length; length++)
      await refused(vault.open(acme, cell, sealed.subarray(0, length)))
  })

  test('made longer does not open', async () => {
    for (const more of [1, 12, 16, 84])
      await refused(vault.open(acme, cell, Buffer.concat([sealed, randomBytes(more)])))
  })

  test('has chunks swapped, doubled, dropped or added: does not open', async () => {
    const long = await vault.seal(acme, cell, randomBytes(40_000))
    const [head, size] = [68, 16_400]
    const chunks = [0, 1, 2].map(at => long.subarray(head + at * size, head + (at + 1) * size))
    const joined = (...order: number[]): Buffer =>
      Buffer.concat([long.subarray(0, head), ...order.map(at => chunks[at] ?? Buffer.alloc(0))])
    assert.deepEqual(joined(0, 1, 2), long)
    for (const order of [[1, 0, 2], [0, 0, 2], [0, 2], [1, 2], [0, 1], [0, 1, 1, 2], [0, 1, 2, 2], [2]])
      await refused(vault.open(acme, cell, joined(...order)))
  })

  test('names another key of the same organization: does not open', async () => {
    const { id } = await vault.dataKey(acme, 'table:desk.webhook')
    const named = Buffer.concat([sealed.subarray(0, 4), Buffer.from(id, 'hex'), sealed.subarray(12)])
    await refused(vault.open(acme, cell, named))
    await refused(vault.open(acme, { ...cell, table: 'desk.webhook' }, named))
  })

  test('is a plain AES-GCM message made to fit two keys: the commitment fits none of them', async () => {
    const [{ key }, nonce] = [await vault.dataKey(acme, 'table:desk.integration'), randomBytes(12)]
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
    const body = Buffer.concat([cipher.update(token), cipher.final(), cipher.getAuthTag()])
    await refused(vault.open(acme, cell, Buffer.concat([sealed.subarray(0, 68), body])))
    await refused(vault.open(acme, cell, Buffer.concat([sealed.subarray(0, 36), randomBytes(32), body])))
  })

  test('an older value of the same cell, put back, opens; with a revision of the row it does not', async () => {
    const [before, now] = [await vault.seal(acme, cell, 'old'), await vault.seal(acme, cell, 'new')]
    assert.notDeepEqual(before, now)
    assert.equal((await vault.open(acme, cell, before)).reveal(), 'old')
    const revised = await vault.seal(acme, { ...cell, revision: '1' }, 'old')
    assert.equal((await vault.open(acme, { ...cell, revision: '1' }, revised)).reveal(), 'old')
    await refused(vault.open(acme, { ...cell, revision: '2' }, revised))
    await refused(vault.open(acme, cell, revised))
  })
})

suite('what is no ciphertext', () => {
  for (const [what, bytes] of [
    ['plain text', Buffer.from(token)],
    ['JSON', Buffer.from('{"token":"xoxb"}')],
    ['another cipher: OpenSSL', Buffer.concat([Buffer.from('Salted__'), randomBytes(100)])],
    ['zeros', Buffer.alloc(200)],
    ['nothing', Buffer.alloc(0)],
  ] as const) {
    test(`${what} in a sealed column is refused, and never given back`, () =>
      refused(vault.open(acme, cell, bytes), 'vault.not_sealed'))
  }

  test('a text instead of bytes is refused', async () => {
    const text: unknown = token
    await refused(carelessly('open', acme, cell, text), 'vault.not_sealed')
  })

  test('a version that is not known is said to be one', async () => {
    for (const [at, value] of [
      [0, 2],
      [0, 8],
      [1, 0],
      [1, 9],
      [2, 1],
      [3, 2],
    ] as const) {
      const newer = Buffer.from(sealed)
      newer[at] = value
      await refused(vault.open(acme, cell, newer), 'vault.unknown_version')
    }
  })
})

suite('what cannot be sealed', () => {
  const words = { table: 'the table', column: 'the column', row: 'the row', subject: 'the subject' }
  for (const name of Object.keys(words)) {
    test(`a ${name} that is empty, holds NUL or half of a character, or is too long is refused`, async () => {
      for (const word of ['', 'a\0b', '\ud800', 'a\udc00', 'x'.repeat(1_025), 'ä'.repeat(513)]) {
        const address = { ...cell, [name]: word }
        await refused(vault.seal(acme, address, token), 'vault.bad_address')
        await refused(vault.open(acme, address, sealed), 'vault.bad_address')
      }
    })
  }

  test('without a context there is no sealing', async () => {
    for (const args of [
      [acme, {}, token],
      [undefined, cell, token],
      [acme, { ...cell, row: 7 }, token],
    ])
      await refused(carelessly('seal', ...args), 'vault.bad_address')
    assert.deepEqual(await stage.ports.store.domains(acme).then(all => all.filter(one => /undefined|:$/.test(one))), [])
  })

  test('a text with half of a character is refused, for it would come back as another', () =>
    refused(vault.seal(acme, cell, 'a\ud800b'), 'vault.bad_value'))

  test('neither text nor bytes: refused', async () => {
    for (const value of [undefined, 7, { secret: token }])
      await refused(carelessly('seal', acme, cell, value), 'vault.bad_value')
  })

  test('a value of 1 GiB is refused before it is read, and so is an envelope of that size', async () => {
    const huge = Buffer.alloc(2 ** 30)
    await refused(vault.seal(acme, cell, huge), 'vault.too_large')
    await refused(vault.seal(acme, cell, Buffer.alloc(2 ** 20 + 1)), 'vault.too_large')
    sealed.copy(huge, 0, 0, 12)
    await refused(vault.open(acme, cell, huge), 'vault.too_large')
  })
})

test('whatever does not fit, the error is the same, and holds neither key nor value nor place', async () => {
  const { id, key } = await vault.dataKey(acme, 'table:desk.integration')
  const flipped = Buffer.from(sealed)
  flipped[90] = (flipped[90] ?? 0) ^ 1
  const thrownBy = (work: Promise<unknown>): Promise<unknown> => work.catch((thrown: unknown) => thrown)
  const seen = await Promise.all([
    thrownBy(vault.open(other, cell, sealed)),
    thrownBy(vault.open(acme, { ...cell, row: 'another' }, sealed)),
    thrownBy(vault.open(acme, cell, flipped)),
    thrownBy(vault.open(acme, cell, sealed.subarray(0, 90))),
  ])
  for (const error of seen) {
    assert.ok(error instanceof UpheldError)
    assert.deepEqual([error.code, error.detail], ['vault.denied', undefined])
    const shown = inspect(error, { depth: Infinity, showHidden: true })
    for (const secret of [token, id, acme, other, cell.row, key.export().toString('hex')])
      assert.ok(!shown.includes(secret))
  }
})
