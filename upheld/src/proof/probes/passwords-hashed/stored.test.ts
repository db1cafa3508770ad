import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { fastDigestsOf } from './digests.ts'
import { guess, mustGuess, readArgon, weaknessesOf } from './stored.ts'

const sound =
  '$argon2id$v=19$m=19456,t=2,p=1,keyid=qrvM3Q$AQEBAQEBAQEBAQEBAQEBAQ$jdIXfIRbbCb+PWYCDGfaJIuqP3tnYLn/LoJ9Lq6g5WE'

suite('a stored hash, as a thief reads it', () => {
  test('in today’s form nothing is wrong with it', () => assert.deepEqual(weaknessesOf(sound), []))

  for (const [name, hash, says] of [
    ['a plain digest', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', /no argon2/],
    ['bcrypt', '$2b$10$atK53ROJsvYW7rjfE.zVleonhfZoxDHeGxyQUGteVNeqwcbiSnv7W', /no argon2/],
    ['argon2i', sound.replace('argon2id', 'argon2i'), /argon2i$/],
    ['little memory', sound.replace('m=19456', 'm=19455'), /19455 KiB/],
    ['one pass', sound.replace('t=2', 't=1'), /1 pass/],
    ['more lanes', sound.replace('p=1', 'p=4'), /4 lanes/],
    ['a short salt', sound.replace('AQEBAQEBAQEBAQEBAQEBAQ', 'AQEBAQEBAQE'), /salt has 8/],
    ['half a key', sound.replace('+PWYCDGfaJIuqP3tnYLn/LoJ9Lq6g5WE', ''), /bytes/],
    ['no pepper', sound.replace(',keyid=qrvM3Q', ''), /no pepper/],
  ] as const)
    test(`${name}: told`, () => assert.match(weaknessesOf(hash).join('; '), says))

  test('a right guess is seen as one, with the pepper alone', async () => {
    await mustGuess()
    const argon = readArgon(sound)
    assert.ok(argon)
    assert.equal(await guess(argon, 'a control that everybody knows'), false)
    assert.equal(await guess(argon, 'a control that everybody knows', new Uint8Array(32).fill(7)), true)
    assert.equal(await guess(argon, 'another', new Uint8Array(32).fill(7)), false)
  })

  test('digests that are looked for are those of the standards', () => {
    const needles = fastDigestsOf({ password: 'abc', way: 'a test', about: ['ann@example.org'] })
    const texts = new Set(needles.map(({ bytes }) => Buffer.from(bytes).toString('latin1')))
    for (const hex of [
      '900150983cd24fb0d6963f7d28e17f72',
      'a9993e364706816aba3e25717850c26c9cd0d89d',
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    ])
      assert.ok(
        texts.has(hex) && texts.has(hex.toUpperCase()) && texts.has(Buffer.from(hex, 'hex').toString('base64url')),
      )
    assert.ok(needles.length > 1000)
  })
})
