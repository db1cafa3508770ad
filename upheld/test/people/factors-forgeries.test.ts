import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import fc from 'fast-check'
import { noteUse } from '../../src/guards/factors/passkey-rows.ts'
import type { PasskeyPurpose } from '../../src/guards/factors/index.ts'
import { factors, parseFactorOptions } from '../../src/guards/factors/index.ts'
import { factorStage, network, stageOptions, type FactorStage } from './factors-stage.ts'
import { assertion, attest, flag, signatureBy, softKey, type Says, type SoftKey } from './soft-authenticator.ts'

const binding = 'session:1'
const good = flag.present | flag.verified

suite('forged answers of passkeys', () => {
  let stage: FactorStage
  before(async () => {
    stage = await factorStage()
  })
  after(() => stage.close())

  const challengeFor = async (personId: string): Promise<string> => {
    const of = { personId, binding, userName: 'a', displayName: 'A' }
    return (await stage.factors.passkeys.beginRegistration(of)).challenge
  }
  const registration = async (personId: string, response: unknown): Promise<string> => {
    const given = { personId, binding, name: 'a key', response, network }
    const done = await stage.factors.passkeys.finishRegistration(given)
    return done.passed ? 'passed' : done.kind
  }
  const registers = async (personId: string, key: SoftKey, says: Omit<Says, 'challenge'> = {}): Promise<string> =>
    registration(personId, attest(key, { challenge: await challengeFor(personId), ...says }))

  const challenge = async (personId?: string): Promise<string> =>
    (await stage.factors.passkeys.begin({ purpose: 'sign-in', personId, binding })).challenge
  const check = async (personId: string | undefined, response: unknown): Promise<string> => {
    const purpose: PasskeyPurpose = 'sign-in'
    const done = await stage.factors.passkeys.check({ purpose, personId, binding, response, network })
    return done.passed ? 'passed' : done.kind
  }
  const signsIn = async (personId: string, key: SoftKey, says: Omit<Says, 'challenge'> = {}): Promise<string> =>
    check(personId, assertion(key, { challenge: await challenge(personId), ...says }))

  async function withKey(key = softKey(), says = {}): Promise<{ personId: string; key: SoftKey }> {
    const personId = await stage.person()
    assert.equal(await registers(personId, key, says), 'passed')
    return { personId, key }
  }

  test('keys of every algorithm that is asked for sign in, and no other is registered', async () => {
    for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
      const { personId, key } = await withKey(softKey(algorithm))
      assert.equal(await signsIn(personId, key), 'passed', algorithm)
      assert.equal(await signsIn(personId, key, { signer: softKey(algorithm, key.id) }), 'signature', algorithm)
    }
    assert.equal(await registers(await stage.person(), softKey('ES384')), 'signature')
  })

  test('a credential is one person’s: another one cannot register it, not even at the same time', async () => {
    const { personId, key } = await withKey()
    const thief = await stage.person()
    const forged = softKey('ES256', key.id)
    assert.equal(await registers(thief, forged), 'taken')
    assert.equal(await signsIn(personId, key), 'passed')
    assert.equal(await signsIn(thief, forged), 'foreign')
    assert.equal((await stage.factors.of(thief)).second, false)
    const id = softKey().id
    const people = await Promise.all(Array.from({ length: 8 }, () => stage.person()))
    const answers = await Promise.all(people.map(one => registers(one, softKey('ES256', id))))
    assert.equal(answers.filter(one => one === 'passed').length, 1)
    assert.equal(answers.filter(one => one === 'taken').length, 7)
  })

  test('an identifier that is not the one in the attestation registers nothing', async () => {
    const personId = await stage.person()
    const answer = attest(softKey(), { challenge: await challengeFor(personId) })
    const id = softKey().id.toString('base64url')
    assert.equal(await registration(personId, { ...answer, id, rawId: id }), 'signature')
  })

  test('a credential may sign for itself; a certificate that nobody asked for is not looked at', async () => {
    const key = softKey()
    const packed = (signer: SoftKey) => ({
      fmt: 'packed',
      attStmt: (signed: Buffer): [string, unknown][] => [
        ['alg', key.alg],
        ['sig', signatureBy(signer, signed)],
      ],
    })
    assert.equal(await registers(await stage.person(), key, packed(key)), 'passed')
    assert.equal(await registers(await stage.person(), softKey(), packed(key)), 'signature')
    const certified = (signed: Buffer): [string, unknown][] => [
      ['alg', key.alg],
      ['sig', signatureBy(key, signed)],
      ['x5c', [Buffer.alloc(500, 0x30)]],
    ]
    assert.equal(await registers(await stage.person(), key, { fmt: 'packed', attStmt: certified }), 'attestation')
    for (const fmt of ['fido-u2f', 'tpm', 'android-key', 'android-safetynet', 'apple', 'compound', '__proto__', '']) {
      assert.equal(await registers(await stage.person(), softKey(), { fmt, attStmt: certified }), 'attestation', fmt)
    }
    assert.equal(await registers(await stage.person(), softKey(), { attStmt: () => [['x', 1]] }), 'signature')
  })

  const lies: readonly (readonly [says: Omit<Says, 'challenge'>, kind: string])[] = [
    [{ origin: 'http://localhost:1/' }, 'origin'],
    [{ origin: 'HTTP://LOCALHOST:1' }, 'origin'],
    [{ origin: 'https://localhost:1' }, 'origin'],
    [{ origin: 'http://localhost:1.evil.example' }, 'origin'],
    [{ origin: 'null' }, 'origin'],
    [{ origin: '' }, 'origin'],
    [{ crossOrigin: true }, 'embedded'],
    [{ crossOrigin: true, topOrigin: 'https://evil.example' }, 'embedded'],
    [{ topOrigin: 'https://evil.example' }, 'embedded'],
    [{ rpId: 'evil.example' }, 'rp'],
    [{ rpId: '' }, 'rp'],
    [{ flags: flag.present }, 'not-verified'],
    [{ flags: flag.verified }, 'not-present'],
    [{ flags: 0 }, 'not-present'],
    [{ flags: good | flag.backedUp }, 'backup'],
    [{ type: 'webauthn.other' }, 'type'],
    [{ type: 'payment.get' }, 'type'],
  ]
  test('every lie about where, for whom and how is refused by its name, in a registration and in a sign-in', async () => {
    const { personId, key } = await withKey()
    for (const [says, kind] of lies) {
      assert.equal(await registers(personId, softKey(), says), kind, JSON.stringify(says))
      assert.equal(await signsIn(personId, key, says), kind, JSON.stringify(says))
    }
    assert.equal(await registers(personId, softKey(), { type: 'webauthn.get' }), 'type')
    assert.equal(await signsIn(personId, key, { type: 'webauthn.create' }), 'type')
    assert.equal(await signsIn(personId, key, { flags: good | flag.eligible }), 'backup')
    assert.equal(await signsIn(personId, key, { userHandle: Buffer.from('somebody else') }), 'foreign')
    assert.equal((await stage.factors.passkeys.list(personId)).length, 1)
    const told = await stage.refusals(personId)
    assert.equal(told.length, 2 * lies.length + 4)
    assert.equal(await signsIn(personId, key), 'passed')
  })

  test('where nobody said who it is, a passkey that does not say it either proves nothing', async () => {
    const { personId, key } = await withKey()
    assert.equal(await check(undefined, assertion(key, { challenge: await challenge() })), 'foreign')
    const userHandle = Buffer.from(personId.replaceAll('-', ''), 'hex')
    assert.equal(await check(undefined, assertion(key, { challenge: await challenge(), userHandle })), 'passed')
    const stranger = softKey()
    assert.equal(await check(undefined, assertion(stranger, { challenge: await challenge(), userHandle })), 'unknown')
  })

  test('a counter that stays, or goes back, closes the passkey; one that counts nothing stays open', async () => {
    const still = await withKey()
    for (let count = 0; count < 3; count++) assert.equal(await signsIn(still.personId, still.key), 'passed')
    const { personId, key } = await withKey(softKey(), { counter: 5 })
    assert.equal(await signsIn(personId, key, { counter: 6 }), 'passed')
    // Without the key nobody closes it, whatever the counter says.
    for (const counter of [0, 6, 7])
      assert.equal(await signsIn(personId, key, { counter, signer: softKey() }), 'signature')
    assert.equal(await signsIn(personId, key, { counter: 4_294_967_295 }), 'passed')
    assert.equal(await signsIn(personId, key, { counter: 4_294_967_295 }), 'counter')
    assert.equal(await signsIn(personId, key, { counter: 4_294_967_295 }), 'suspect')
    const back = await withKey(softKey(), { counter: 5 })
    assert.equal(await signsIn(back.personId, back.key, { counter: 0 }), 'counter')
    assert.equal(await signsIn(back.personId, back.key, { counter: 100 }), 'suspect')
    assert.deepEqual(
      (await stage.factors.passkeys.begin({ purpose: 'sign-in', personId, binding })).allowCredentials,
      [],
    )
  })

  test('two answers with one counter at the same time: one passes, and the copy is noticed', async () => {
    const { personId, key } = await withKey(softKey(), { counter: 1 })
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => assertion(key, { challenge: await challenge(personId), counter: 2 })),
    )
    const kinds = await Promise.all(answers.map(answer => check(personId, answer)))
    assert.equal(kinds.filter(one => one === 'passed').length, 1)
    assert.ok(kinds.includes('counter'))
    assert.ok(kinds.every(one => ['passed', 'counter', 'suspect'].includes(one)))
  })

  test('an answer that was on its way when the passkey was closed does not open it again', async () => {
    const { personId, key } = await withKey(softKey(), { counter: 5 })
    assert.equal(await signsIn(personId, key, { counter: 5 }), 'counter')
    const [passkey] = await stage.factors.passkeys.list(personId)
    const use = { id: passkey?.id ?? '', counter: 6, backedUp: false, now: stage.people.clock.now() }
    assert.equal(await noteUse(stage.people.database, use), false)
    assert.notEqual((await stage.factors.passkeys.list(personId))[0]?.suspectAt, undefined)
    assert.equal(await noteUse(stage.people.database, { ...use, id: personId }), false)
  })

  test('one byte changed anywhere, and it is no answer any more', async () => {
    // Its signature is 64 bytes as they are. That of ES256 is wrapped in DER, which the library reads in several spellings.
    const { personId, key } = await withKey(softKey('EdDSA'))
    const part = fc.constantFrom('clientDataJSON', 'authenticatorData', 'signature')
    await fc.assert(
      fc.asyncProperty(part, fc.nat(), fc.integer({ min: 1, max: 255 }), async (name, at, change) => {
        const answer = assertion(key, { challenge: await challenge(personId) })
        const bytes = Buffer.from(answer.response[name], 'base64url')
        const place = at % bytes.length
        bytes.writeUInt8(bytes.readUInt8(place) ^ change, place)
        const response = { ...answer.response, [name]: bytes.toString('base64url') }
        assert.notEqual(await check(personId, { ...answer, response }), 'passed')
      }),
      { numRuns: 150 },
    )
    assert.equal(await signsIn(personId, key), 'passed')
  })

  test('whatever is no answer is refused without using a challenge up', async () => {
    const { personId, key } = await withKey()
    const answer = assertion(key, { challenge: await challenge(personId) })
    const { response } = answer
    const broken: unknown[] = [
      undefined,
      null,
      'text',
      [],
      {},
      [answer],
      { ...answer, type: 'password' },
      { ...answer, id: undefined },
      { ...answer, id: '\0' },
      { ...answer, id: 'A'.repeat(10_000_000) },
      { ...answer, response: null },
      { ...answer, response: { ...response, signature: '*' } },
      { ...answer, response: { ...response, signature: { length: 1 } } },
      { ...answer, response: { ...response, signature: 'A'.repeat(10_000_000) } },
      { ...answer, response: { ...response, authenticatorData: '' } },
      { ...answer, response: { ...response, clientDataJSON: Buffer.from('{').toString('base64url') } },
      { ...answer, response: { ...response, clientDataJSON: Buffer.from([0xff, 0xfe]).toString('base64url') } },
      { ...answer, response: { ...response, clientDataJSON: Buffer.from('{"__proto__":1}').toString('base64url') } },
      { ...answer, response: { ...response, userHandle: 'A'.repeat(87) } },
      JSON.parse(`{"__proto__": ${JSON.stringify(answer)}}`),
    ]
    for (const [n, one] of broken.entries()) {
      assert.equal(await check(personId, one), 'malformed', `${n}`)
      assert.equal(await registration(personId, one), 'malformed', `${n}`)
    }
    assert.equal(await check(personId, answer), 'passed')
    const short = assertion(key, { challenge: await challenge(personId) })
    const cut = { ...short.response, authenticatorData: short.response.authenticatorData.slice(0, 40) }
    assert.equal(await check(personId, { ...short, response: cut }), 'malformed')
    const other = attest(softKey(), { challenge: await challengeFor(personId) })
    const none = { ...other.response, attestationObject: 'oA' }
    assert.equal(await registration(personId, { ...other, response: none }), 'malformed')
  })

  test('a person has at most 20, those that are suspect too', async () => {
    const personId = await stage.person()
    const kept = await challengeFor(personId)
    const first = softKey()
    assert.equal(await registers(personId, first, { counter: 1 }), 'passed')
    assert.equal(await signsIn(personId, first, { counter: 1 }), 'counter')
    for (let count = 1; count < 20; count++) assert.equal(await registers(personId, softKey()), 'passed')
    await assert.rejects(registration(personId, attest(softKey(), { challenge: kept })), { code: 'factors.too_many' })
    await assert.rejects(challengeFor(personId), { code: 'factors.too_many', status: 409 })
  })

  test('a right answer costs three statements, whoever asks and whatever is refused costs no more than one on top', async () => {
    const { personId, key } = await withKey()
    const texts: string[] = []
    const database = {
      query: (text: string, values?: readonly unknown[]) => {
        texts.push(text)
        return stage.people.database.query(text, values)
      },
    }
    const { passkeys } = factors({ ...stage.ports, database }, parseFactorOptions(stageOptions))
    const count = async (says: Omit<Says, 'challenge'>): Promise<number> => {
      const response = assertion(key, { challenge: await challenge(personId), ...says })
      texts.length = 0
      await passkeys.check({ purpose: 'sign-in', personId, binding, response, network })
      return texts.length
    }
    assert.equal(await count({}), 3)
    assert.equal(await count({ signer: softKey() }), 3)
    assert.equal(await count({ origin: 'https://evil.example' }), 3)
  })
})
