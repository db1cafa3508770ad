import assert from 'node:assert/strict'
import { hash as bcryptHash } from '@node-rs/bcrypt'
import { hash as argon2Hash } from '@node-rs/argon2'
import { randomBytes, scryptSync } from 'node:crypto'
import { suite, test } from 'node:test'
import { openPasswords, type CommonPasswords, type Passwords, type Pepper } from './index.ts'

const pepper = (id: string): Pepper => ({ id, key: randomBytes(32) })
const [old, young, lost] = [pepper('00000001'), pepper('00000002'), pepper('00000003')]
const nothingCommon: CommonPasswords = { has: () => false }
const open = (first: Pepper = old, ...rest: Pepper[]): Passwords =>
  openPasswords({ peppers: { current: () => [first, ...rest] }, filter: nothingCommon })
const words = 'correct horse battery staple'
const code = (wanted: string) => (thrown: unknown) =>
  thrown instanceof Error && 'code' in thrown && thrown.code === wanted

suite('passwords, hashed and verified', () => {
  test('argon2id of 19 MiB, 2 passes and 1 lane, with the pepper named in the hash and not in it', async () => {
    const passwords = open()
    const stored = await passwords.hash(words)
    assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1,keyid=AAAAAQ\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    assert.deepEqual(await passwords.verify(stored, words), { ok: true })
    assert.deepEqual(await passwords.verify(stored, `${words} `), { ok: false })
    assert.notEqual(stored, await passwords.hash(words))
  })

  test('a stolen table alone cannot be guessed at: without the pepper the right password is wrong', async () => {
    const stored = await open().hash(words)
    const without = stored.replace(',keyid=AAAAAQ', '')
    assert.equal((await open().verify(without, words)).ok, false)
    const stranger = openPasswords({
      peppers: { current: () => [{ ...old, key: randomBytes(32) }] },
      filter: nothingCommon,
    })
    assert.equal((await stranger.verify(stored, words)).ok, false)
  })

  test('a rotated pepper: the older one verifies, and the hash to keep has the newest', async () => {
    const stored = await open(old).hash(words)
    const rotated = open(young, old)
    const { ok, rehash } = await rotated.verify(stored, words)
    assert.equal(ok, true)
    assert.match(rehash ?? '', /keyid=AAAAAg\$/)
    assert.deepEqual(await open(young).verify(rehash, words), { ok: true })
    assert.deepEqual(await rotated.verify(stored, 'wrong'), { ok: false })
    assert.equal((await open(lost).verify(stored, words)).ok, false)
    assert.equal(open(lost).counts().malformed, 0)
  })

  test('nobody there: the same work as for somebody, and the same answer', async () => {
    const passwords = open()
    const stored = await passwords.hash(words)
    const before = passwords.counts()
    assert.deepEqual(await passwords.verify(stored, 'wrong'), { ok: false })
    const known = passwords.counts()
    assert.deepEqual(await passwords.verify(undefined, 'wrong'), { ok: false })
    const unknown = passwords.counts()
    assert.equal(known.argon2 - before.argon2, 1)
    assert.equal(unknown.argon2 - known.argon2, 1)
    assert.equal(unknown.dummies, 1)
  })

  test('10 MB, and everything above 1,024 bytes or 256 characters, is refused before any work', async () => {
    const passwords = open()
    for (const long of ['a'.repeat(10_000_000), 'a'.repeat(257), '🐘'.repeat(257), 'é'.repeat(513)]) {
      await assert.rejects(passwords.hash(long), code('passwords.too_long'))
      await assert.rejects(passwords.verify(undefined, long), code('passwords.too_long'))
      const judged = await passwords.judge(long, { secondFactor: true, words: [] })
      assert.deepEqual([judged.ok, judged.ok || judged.status], [false, 413])
    }
    assert.equal(passwords.counts().argon2, 0)
    for (const fits of ['🐘'.repeat(256), 'a'.repeat(256)])
      assert.equal((await passwords.verify(await passwords.hash(fits), fits)).ok, true)
  })

  test('R29: a null character and half of a pair are refused, never cut off and never handled in part', async () => {
    const passwords = open()
    for (const bad of ['correct horse\0 battery', '\0', 'half of a pair \ud83d here', '\udc00 and the other half']) {
      await assert.rejects(passwords.hash(bad), code('passwords.unreadable'))
      await assert.rejects(passwords.verify(undefined, bad), code('passwords.unreadable'))
      const judged = await passwords.judge(bad, { secondFactor: true, words: [] })
      assert.equal(judged.ok || judged.code, 'passwords.unreadable')
    }
    assert.equal(passwords.counts().argon2, 0)
  })

  // ASVS 6.2.8
  test('NFC and NFD of one text both sign in; four-byte characters count whole', async () => {
    const passwords = open()
    const text = 'Zoë trägt 🐘 über Ångström'
    const [composed, decomposed] = [text.normalize('NFC'), text.normalize('NFD')]
    assert.notEqual(composed, decomposed)
    for (const [one, other] of [
      [composed, decomposed],
      [decomposed, composed],
    ] as const) {
      assert.equal((await passwords.verify(await passwords.hash(one), other)).ok, true)
    }
    assert.equal((await passwords.verify(await passwords.hash('🐘🐘🐘🐘🐘🐘🐘🐘'), '🐘🐘🐘🐘🐘🐘🐘🦣')).ok, false)
    const judged = await passwords.judge('🐘🐁🐂🐅🐇🐉🐍', { secondFactor: true, words: [] })
    assert.equal(judged.ok || judged.code, 'passwords.too_short')
  })
})

suite('passwords of another system', () => {
  const b64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
  const salt = Buffer.from('0123456789abcdef')
  const derive = (text: string, salted: string | Buffer, cost: number, blockSize: number, length: number) =>
    scryptSync(text, salted, length, { cost, blockSize, parallelization: 1, maxmem: 2 ** 28 })

  test('bcrypt and scrypt are verified as they are, and the hash to keep is of today', async () => {
    const passwords = open()
    const hex = 'aabbccddeeff00112233445566778899'
    const imported = [
      await bcryptHash(words, { cost: 10, version: '2a' }),
      await bcryptHash(words, { cost: 10, version: '2b' }),
      (await bcryptHash(words, { cost: 10, version: '2b' })).replace('$2b$', '$2y$'),
      `$scrypt$ln=14,r=8,p=1$${b64(salt)}$${b64(derive(words, salt, 16_384, 8, 32))}`,
      `scrypt:32768:8:1$saltAndMore$${derive(words, 'saltAndMore', 32_768, 8, 64).toString('hex')}`,
      `SCRYPT:16384:8:1:${salt.toString('base64')}:${derive(words, salt, 16_384, 8, 32).toString('base64')}`,
      `${hex}:${derive(words, hex, 16_384, 16, 64).toString('hex')}`,
      await argon2Hash(words, { memoryCost: 65_536, timeCost: 4 }),
    ]
    for (const stored of imported) {
      assert.deepEqual(await passwords.verify(stored, 'wrong'), { ok: false }, stored)
      const { ok, rehash } = await passwords.verify(stored, words)
      assert.equal(ok, true, stored)
      assert.deepEqual(await passwords.verify(rehash, words), { ok: true }, stored)
    }
    assert.equal(passwords.counts().malformed, 0)
  })

  test('RFC 7914: the vectors of the scrypt function in the forms that are taken over', async () => {
    const key =
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887'
    const stored = `$scrypt$ln=14,r=8,p=1$${b64(Buffer.from('SodiumChloride'))}$${b64(Buffer.from(key, 'hex'))}`
    assert.equal((await open().verify(stored, 'pleaseletmein')).ok, true)
  })

  test('an imported hash of a text that was not in NFC is still found', async () => {
    const decomposed = 'pässword of long ago'.normalize('NFD')
    const stored = await bcryptHash(decomposed, { cost: 10 })
    const { ok, rehash } = await open().verify(stored, decomposed)
    assert.equal(ok, true)
    assert.equal((await open().verify(rehash, decomposed.normalize('NFC'))).ok, true)
  })

  test('R24: over 72 bytes bcrypt is refused, not cut: what shares the first 72 bytes does not sign in', async () => {
    const passwords = open()
    const long = 'x'.repeat(72)
    const stored = await bcryptHash(long, { cost: 10 })
    assert.equal((await passwords.verify(stored, long)).ok, true)
    assert.deepEqual(await passwords.verify(stored, `${long}y`), { ok: false })
    const cut = await bcryptHash(`${long}y`, { cost: 10 })
    assert.deepEqual(await passwords.verify(cut, `${long}y`), { ok: false })
    assert.equal(passwords.counts().dummies, 2)
  })

  test('a hash that is malformed, too weak, or asks for gigabytes is a failure that is counted, and no throw', async () => {
    const passwords = open()
    const bad = [
      '',
      'plain text password',
      '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA',
      '$argon2id$v=19$m=4194304,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY',
      '$argon2id$v=19$m=19456,t=99,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY',
      '$argon2id$v=19$m=8,t=1,p=9$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY',
      '$2b$04$' + 'a'.repeat(53),
      '$2b$31$' + 'a'.repeat(53),
      '$scrypt$ln=40,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY',
      '$scrypt$ln=14,r=999,p=99$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY',
      'SCRYPT:16385:8:1:MDEyMzQ1Njc4OWFiY2RlZg==:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
      '9'.repeat(600),
    ]
    for (const stored of bad) assert.deepEqual(await passwords.verify(stored, words), { ok: false }, stored)
    const { malformed, dummies } = passwords.counts()
    assert.deepEqual([malformed, dummies], [bad.length, bad.length])
  })
})

suite('many at once', () => {
  const openNarrow = () =>
    openPasswords({ peppers: { current: () => [old] }, filter: nothingCommon, concurrentMax: 2, waitingMax: 3 })

  test('so many are computed, so many wait, and one more is refused with a code of its own', async () => {
    const passwords = openNarrow()
    const all = Array.from({ length: 8 }, () => passwords.verify(undefined, words))
    assert.deepEqual([passwords.counts().running, passwords.counts().waiting], [2, 3])
    const ends = await Promise.allSettled(all)
    assert.equal(ends.filter(end => end.status === 'fulfilled').length, 5)
    for (const end of ends) if (end.status === 'rejected') assert.ok(code('passwords.busy')(end.reason))
    const { running, waiting, busy, argon2 } = passwords.counts()
    assert.deepEqual({ running, waiting, busy, argon2 }, { running: 0, waiting: 0, busy: 3, argon2: 5 })
    assert.equal((await passwords.verify(undefined, words)).ok, false)
  })

  test('who goes away leaves the line, and the next one has the place', async () => {
    const passwords = openNarrow()
    const control = new AbortController()
    const running = [passwords.hash(words), passwords.hash(words)]
    const leaving = [passwords.hash(words, control.signal), passwords.verify(undefined, words, control.signal)]
    const staying = passwords.hash(words)
    control.abort()
    for (const one of leaving) await assert.rejects(one, code('passwords.abandoned'))
    await assert.rejects(passwords.hash(words, AbortSignal.abort()), code('passwords.abandoned'))
    await Promise.all([...running, staying])
    const { abandoned, argon2, waiting } = passwords.counts()
    assert.deepEqual({ abandoned, argon2, waiting }, { abandoned: 3, argon2: 3, waiting: 0 })
  })

  test('settings that cannot work are refused at once', () => {
    const bad = (more: object) => () =>
      openPasswords({ peppers: { current: () => [old] }, filter: nothingCommon, ...more })
    for (const more of [{ concurrentMax: 0 }, { concurrentMax: 1.5 }, { waitingMax: -1 }, { waitingMax: Infinity }])
      assert.throws(bad(more), code('passwords.bad_options'))
    const short = { peppers: { current: () => [{ id: '00000001', key: Buffer.alloc(31) }] as const } }
    assert.throws(bad(short), code('passwords.bad_options'))
  })
})
