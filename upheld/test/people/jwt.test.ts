import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { createServer } from 'node:https'
import { after, before, beforeEach, suite, test } from 'node:test'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWK, type JWTHeaderParameters } from 'jose'
import { jwtSessions, jwtVerifier, type JwtDefinition } from '../../src/adapters/jwt/index.ts'
import { openWeb } from '../../src/adapters/web/index.ts'
import type { Web } from '../../src/core/web.ts'
import { testClock } from '../../src/testing/index.ts'
import { certify, testAuthority } from '../outside/certificate.ts'

const issuer = 'https://issuer.example'
const refused = { code: 'jwt.refused', status: 401 }
const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

interface Signer {
  readonly kid: string
  readonly jwk: JWK
  sign(claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>
}

suite('access tokens of somebody else', () => {
  const clock = testClock()
  const now = (): number => Math.floor(clock.now().getTime() / 1000)

  async function signer(kid: string, alg = 'RS256'): Promise<Signer & { readonly pem: string }> {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
    const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' }
    return {
      kid,
      jwk,
      pem: await exportSPKI(publicKey),
      sign(claims = {}, header = {}) {
        const protectedHeader: JWTHeaderParameters = { alg, kid, typ: 'at+jwt', ...header }
        return new SignJWT({ iss: issuer, aud: 'desk', sub: 'anna', exp: now() + 300, iat: now(), ...claims })
          .setProtectedHeader(protectedHeader)
          .sign(privateKey)
      },
    }
  }

  let ours: Signer & { readonly pem: string }
  let definition: JwtDefinition
  before(async () => {
    ours = await signer('ours')
    definition = {
      issuer,
      audience: 'desk',
      algorithms: ['RS256'],
      type: 'at+jwt',
      keys: { set: { keys: [{ ...ours.jwk, kty: 'RSA' }] } },
    }
  })
  const verify = (token: string) => jwtVerifier(definition, { clock })(token)

  test('a definition without issuer, audience, algorithms, type or keys is refused, and so is one that is loose', () => {
    for (const missing of ['issuer', 'audience', 'algorithms', 'type', 'keys']) {
      const less = { ...definition, [missing]: undefined }
      assert.throws(() => jwtVerifier(less, { clock }), { code: 'jwt.bad_definition' }, missing)
    }
    const loose: readonly Readonly<Record<string, unknown>>[] = [
      { algorithms: [] },
      { algorithms: ['none'] },
      { algorithms: ['HS256'] },
      { algorithms: ['RS256', 'HS256'] },
      { audience: '' },
      { issuer: 'http://issuer.example' },
      { keys: { url: 'http://issuer.example/keys' } },
      { keys: { set: { keys: [] } } },
      { keys: { set: { keys: [{ kty: 'oct', k: 'AAAA' }] } } },
      { keys: { url: 'https://issuer.example/keys' } },
      { toleranceSecs: 3_600 },
      { audiences: ['desk'] },
    ]
    for (const one of loose) {
      assert.throws(() => jwtVerifier({ ...definition, ...one }, { clock }), { code: 'jwt.bad_definition' })
    }
  })

  test('a right token says who it is and how it was proven; what it does not say is assumed to be nothing', async () => {
    const said = await verify(await ours.sign({ amr: ['pwd', 'otp'], auth_time: now() - 60, jti: 'one' }))
    assert.deepEqual(
      { ...said },
      {
        issuer,
        subject: 'anna',
        expiresAt: new Date((now() + 300) * 1000),
        provenAt: new Date((now() - 60) * 1000),
        methods: ['pwd', 'otp'],
        tokenId: 'one',
      },
    )
    for (const odd of [{}, { amr: 'mfa', auth_time: 'now' }, { amr: [1], auth_time: now() + 3_600 }]) {
      const { methods, provenAt } = await verify(await ours.sign(odd))
      assert.deepEqual([methods, provenAt], [[], undefined])
    }
  })

  const wrongs: readonly (readonly [string, () => Promise<string>])[] = [
    ['of another audience', () => ours.sign({ aud: 'billing' })],
    ['of a longer audience', () => ours.sign({ aud: ['desk2', 'Desk', ' desk'] })],
    ['of no audience', () => ours.sign({ aud: undefined })],
    ['of another issuer', () => ours.sign({ iss: `${issuer}/` })],
    ['of no issuer', () => ours.sign({ iss: undefined })],
    ['without exp', () => ours.sign({ exp: undefined })],
    ['with an exp that is text', () => ours.sign({ exp: String(now() + 300) })],
    ['that expired', () => ours.sign({ exp: now() - 6 })],
    ['that lives for a year', () => ours.sign({ exp: now() + 31_536_000 })],
    ['that is not valid yet', () => ours.sign({ nbf: now() + 60 })],
    ['from the future', () => ours.sign({ iat: now() + 60 })],
    ['of nobody', () => ours.sign({ sub: undefined })],
    ['of a subject with a NUL', () => ours.sign({ sub: 'anna\0' })],
    ['of a subject that is a list', () => ours.sign({ sub: ['anna'] })],
    ['that is an id token', () => ours.sign({}, { typ: 'JWT' })],
    ['without a type', () => ours.sign({}, { typ: undefined })],
    ['whose key is a path', () => ours.sign({}, { kid: '../../../../dev/null' })],
    ['whose key is a statement', () => ours.sign({}, { kid: "' union select 'AA==" })],
    ['by another key of that name', async () => (await signer('ours')).sign()],
    ['by an algorithm that is not in the list', async () => (await signer('ours', 'ES256')).sign()],
  ]
  for (const [name, make] of wrongs) {
    test(`a token ${name} is refused`, async () => {
      await assert.rejects(verify(await make()), refused)
      assert.equal((await verify(await ours.sign())).subject, 'anna')
    })
  }

  test('R17: alg none, in every spelling, with and without a signature, is refused', async () => {
    const [, payload = '', signature = ''] = (await ours.sign()).split('.')
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null, ['RS256'], undefined]) {
      const header = base64({ alg, typ: 'at+jwt', kid: 'ours' })
      for (const end of ['', signature, 'AA']) await assert.rejects(verify(`${header}.${payload}.${end}`), refused)
    }
  })

  test('R17: the public key taken for a shared secret (HS/RS confusion) is refused', async () => {
    const [, payload = ''] = (await ours.sign()).split('.')
    for (const secret of [ours.pem, ours.pem.trim(), JSON.stringify(ours.jwk), String(ours.jwk.n)]) {
      for (const alg of ['HS256', 'RS256']) {
        const signed = `${base64({ alg, typ: 'at+jwt', kid: 'ours' })}.${payload}`
        const mac = createHmac('sha256', secret).update(signed).digest('base64url')
        await assert.rejects(verify(`${signed}.${mac}`), refused)
      }
    }
  })

  test('a key that comes with the token, or by an address in it, is never looked at', async () => {
    const thief = await signer('thief')
    const along = {
      jwk: thief.jwk,
      jku: 'https://thief.example/keys',
      x5u: 'https://thief.example/cert',
      x5c: ['AAAA'],
    }
    for (const kid of ['thief', 'ours', undefined]) {
      await assert.rejects(verify(await thief.sign({}, { ...along, kid })), refused)
    }
    assert.equal((await verify(await ours.sign({}, along))).subject, 'anna')
  })

  test('an extension that must be understood is refused', async () => {
    const [, payload = '', signature = ''] = (await ours.sign()).split('.')
    const header = base64({ alg: 'RS256', typ: 'at+jwt', kid: 'ours', crit: ['b64'], b64: false })
    await assert.rejects(verify(`${header}.${payload}.${signature}`), refused)
  })

  test('R16, R17: every prefix, extension and flipped bit of a token is refused', async () => {
    const token = await ours.sign()
    for (let length = 0; length < token.length; length++) await assert.rejects(verify(token.slice(0, length)), refused)
    for (const more of ['A', '.', '=', ' ', '\n', '\0', `.${token}`]) {
      await assert.rejects(verify(token + more), refused)
      await assert.rejects(verify(more + token), refused)
    }
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (const letter of letters) {
      const other = token.slice(0, -1) + letter
      if (other !== token) await assert.rejects(verify(other), refused, letter)
    }
    for (const [part, text] of token.split('.').entries()) {
      const bytes = Buffer.from(text, 'base64url')
      for (let at = 0; at < bytes.length; at++) {
        const bent = Buffer.from(bytes)
        bent[at] = (bent[at] ?? 0) ^ (1 << (at % 8))
        const parts = token.split('.')
        parts[part] = bent.toString('base64url')
        await assert.rejects(verify(parts.join('.')), refused)
      }
    }
  })

  test('R27: junk in the place of a token is refused with 401, and large junk is not read', async () => {
    const junk = [
      '',
      '.',
      '..',
      '...',
      'a.b.c',
      '{}',
      'null',
      '\0',
      'é.é.é',
      `${base64(null)}.${base64(null)}.AA`,
      'A'.repeat(10_000_000),
    ]
    for (const one of junk) await assert.rejects(verify(one), refused)
    for (const payload of ['null', '[]', '1', '"text"', '{', '']) {
      await assert.rejects(
        verify(`${base64({ alg: 'RS256', kid: 'ours', typ: 'at+jwt' })}.${base64(payload)}.AAAA`),
        refused,
      )
    }
  })

  suite('as sessions', () => {
    const person = '3f0e1c9a-6f0e-4a52-9f0e-6f0e4a529f0e'

    test('a second factor and a fresh proof are only what the token says; what it does not say is nothing', async () => {
      const sessions = jwtSessions(definition, { clock })
      const said = { sub: person, amr: ['pwd', 'mfa'], auth_time: now() - 60 }
      const strong = await sessions.verify(await ours.sign(said))
      assert.deepEqual([strong?.personId, strong?.methods], [person, ['sso-mfa']])
      assert.equal(strong?.provenAt.getTime(), (now() - 60) * 1000)
      const weak = await sessions.verify(await ours.sign({ sub: person, amr: ['pwd', 'MFA'] }))
      assert.deepEqual([weak?.methods, weak?.provenAt, weak?.startedAt], [['sso'], new Date(0), new Date(0)])
    })

    test('a token that is not accepted, and a subject that is nobody, are no session and are not told apart', async () => {
      const sessions = jwtSessions(definition, { clock })
      for (const bearer of ['', 'junk', 'A'.repeat(10_000_000), await ours.sign({ sub: person, aud: 'billing' })]) {
        assert.equal(await sessions.verify(bearer), undefined)
      }
      for (const sub of ['anna', `${person}\n`, person.toUpperCase(), `{${person}}`]) {
        assert.equal(await sessions.verify(await ours.sign({ sub })), undefined)
      }
    })

    test('whom an issuer means is asked with the issuer; who is unknown is nobody', async () => {
      const asked: string[][] = []
      const personOf = async (...of: string[]) => {
        asked.push(of)
        return of[1] === 'anna' ? person : undefined
      }
      const sessions = jwtSessions(definition, { clock, personOf })
      assert.equal((await sessions.verify(await ours.sign()))?.personId, person)
      assert.equal(await sessions.verify(await ours.sign({ sub: 'berta' })), undefined)
      assert.deepEqual(asked, [
        [issuer, 'anna'],
        [issuer, 'berta'],
      ])
    })

    test('R27: keys that cannot be read let nobody in: it throws, and does not say that there is no session', async () => {
      const down = openWeb({}, { resolve: async () => [] })
      const sessions = jwtSessions(
        { ...definition, keys: { url: 'https://issuer.example/keys' } },
        { clock, web: down },
      )
      await assert.rejects(sessions.verify(await ours.sign({ sub: person })), {
        code: 'jwt.keys_unavailable',
        status: 503,
      })
    })
  })

  suite('keys at an address', () => {
    const authority = testAuthority()
    const { key, cert } = certify({ names: ['issuer.example'] }, authority)
    let served: () => { readonly status: number; readonly body: string }
    let asked = 0
    const server = createServer({ key, cert }, (_, response) => {
      asked++
      const { status, body } = served()
      response.writeHead(status, { 'content-type': 'application/jwk-set+json' }).end(body)
    })
    let web: Web
    let remote: JwtDefinition
    before(async () => {
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      assert.ok(typeof address === 'object' && address !== null)
      web = openWeb(
        { ca: authority.cert, dangerouslyAllowLoopback: true, timeoutMs: 2_000 },
        { resolve: async () => ['127.0.0.1'] },
      )
      remote = {
        ...definition,
        keys: { url: `https://issuer.example:${address.port}/keys` },
        cooldownSecs: 30,
        keysAgeSecsMax: 600,
      }
    })
    beforeEach(() => {
      asked = 0
      served = () => ({ status: 200, body: JSON.stringify({ keys: [ours.jwk] }) })
    })
    after(() => {
      server.closeAllConnections()
      server.close()
    })

    test('100 tokens at once cost one question, 100 with invented keys not one more', async () => {
      const check = jwtVerifier(remote, { clock, web })
      const token = await ours.sign()
      await Promise.all(Array.from({ length: 100 }, () => check(token)))
      assert.equal(asked, 1)
      for (let n = 0; n < 100; n++) await assert.rejects(check(await ours.sign({}, { kid: `invented-${n}` })), refused)
      assert.equal(asked, 1)
      clock.turn(31)
      for (let n = 0; n < 10; n++) await assert.rejects(check(await ours.sign({}, { kid: `invented-${n}` })), refused)
      assert.equal(asked, 2)
    })

    test('R27: an issuer that is down, lies or sends 10 MB closes the door with 503, and is not asked again and again', async () => {
      const bodies = [
        { status: 500, body: '' },
        { status: 302, body: '' },
        { status: 200, body: '' },
        { status: 200, body: '{"keys":{}}' },
        { status: 200, body: '[]' },
        { status: 200, body: 'x'.repeat(10_000_000) },
      ]
      for (const body of bodies) {
        asked = 0
        served = () => body
        const check = jwtVerifier(remote, { clock, web })
        const token = await ours.sign()
        for (let n = 0; n < 20; n++) await assert.rejects(check(token), { code: 'jwt.keys_unavailable', status: 503 })
        assert.equal(asked, 1)
      }
    })

    test('keys that cannot be read anew are not trusted past their age', async () => {
      const check = jwtVerifier(remote, { clock, web })
      await check(await ours.sign())
      served = () => ({ status: 500, body: '' })
      clock.turn(599)
      await check(await ours.sign())
      clock.turn(1)
      await assert.rejects(check(await ours.sign()), { code: 'jwt.keys_unavailable' })
    })

    test('R20: a key that was taken out is refused after a restart at once, and else after the age of the keys', async () => {
      const next = await signer('next')
      const check = jwtVerifier(remote, { clock, web })
      await check(await ours.sign())
      served = () => ({ status: 200, body: JSON.stringify({ keys: [next.jwk] }) })
      await assert.rejects(jwtVerifier(remote, { clock, web })(await ours.sign()), refused)
      clock.turn(600)
      await assert.rejects(check(await ours.sign()), refused)
      assert.equal((await check(await next.sign())).subject, 'anna')
    })

    test('a secret and a private key in a published set prove nothing', async () => {
      const secret = randomBytes(32)
      const pair = await generateKeyPair('RS256', { extractable: true })
      const leaked = { ...(await exportJWK(pair.privateKey)), kid: 'leaked', alg: 'RS256' }
      served = () => ({
        status: 200,
        body: JSON.stringify({
          keys: [{ kty: 'oct', k: secret.toString('base64url'), kid: 'shared', alg: 'HS256' }, leaked],
        }),
      })
      const check = jwtVerifier(remote, { clock, web })
      const claims = { iss: issuer, aud: 'desk', sub: 'anna', exp: now() + 300 }
      const shared = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'shared', typ: 'at+jwt' })
        .sign(secret)
      await assert.rejects(check(shared), refused)
      const known = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid: 'leaked', typ: 'at+jwt' })
        .sign(pair.privateKey)
      await assert.rejects(check(known), refused)
    })
  })
})
