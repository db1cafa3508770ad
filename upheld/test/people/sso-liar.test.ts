import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, beforeEach, suite, test } from 'node:test'
import { decodeJwt, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { startLiar, type Liar } from './oidc-liar.ts'
import { client, ssoStage, type House, type SsoStage } from './sso-stage.ts'

suite('a provider that lies', () => {
  let stage: SsoStage
  let house: House
  let liar: Liar

  before(async () => {
    liar = await startLiar('liar.example', client.id)
    stage = await ssoStage()
    house = await stage.house('acme', { issuer: liar.issuer })
  })
  beforeEach(() => liar.lie({}))
  after(async () => {
    await liar.close()
    await stage.close()
  })

  /** A whole sign-in, as far as it gets. */
  async function signIn() {
    const { location, browser } = await stage.sso.begin(house.organization, { connectionId: house.connectionId })
    const asked = new URL(location).searchParams
    liar.expect(asked.get('nonce') ?? '')
    return stage.sso.finish({ query: `code=c&state=${asked.get('state')}`, cookie: browser.value })
  }

  test('the same provider, when it does not lie, is believed', async () => {
    assert.equal((await signIn()).outcome, 'unknown')
  })

  const now = (): number => Math.floor(Date.now() / 1000)
  const wrongClaims: readonly (readonly [string, () => Readonly<Record<string, unknown>>])[] = [
    ['for another audience', () => ({ aud: 'somebody-else' })],
    [
      'for an audience of which we are one, on behalf of another',
      () => ({ aud: [client.id, 'somebody-else'], azp: 'somebody-else' }),
    ],
    ['for no audience', () => ({ aud: undefined })],
    ['that expired', () => ({ exp: now() - 120 })],
    ['without an end', () => ({ exp: undefined })],
    ['of last year', () => ({ iat: now() - 31_536_000 })],
    ['of tomorrow', () => ({ iat: now() + 86_400, exp: now() + 90_000 })],
    ['that is not valid yet', () => ({ nbf: now() + 600 })],
    ['with the nonce of another sign-in', () => ({ nonce: 'A'.repeat(43) })],
    ['without a nonce', () => ({ nonce: undefined })],
    ['of another issuer', () => ({ iss: 'https://idp.example' })],
    ['of an issuer that only begins the same', () => ({ iss: `${liar.issuer}/tenant` })],
    ['of nobody', () => ({ sub: undefined })],
    ['of an empty subject', () => ({ sub: '' })],
    ['of a subject that is a list', () => ({ sub: ['anna'] })],
  ]
  for (const [name, claims] of wrongClaims) {
    test(`an id token ${name} is refused`, async () => {
      liar.lie({ claims: claims() })
      await assert.rejects(signIn(), { code: 'sso.refused', status: 401 })
    })
  }

  const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

  // ASVS 6.8.2
  test('R17: an id token with alg none, by a shared secret, or by a key that comes with it, is refused', async () => {
    const payloadOf = (token: string): string => token.split('.')[1] ?? ''
    const mac = (secret: string) => (token: string) => {
      const signed = `${base64({ alg: 'HS256', kid: 'one' })}.${payloadOf(token)}`
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
    }
    const thief = await generateKeyPair('RS256', { extractable: true })
    const thiefKey = await exportJWK(thief.publicKey)
    const byThief = (header: object) => async (token: string) =>
      new SignJWT(decodeJwt(token)).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header }).sign(thief.privateKey)
    const forgeries: readonly ((token: string) => string | Promise<string>)[] = [
      token => `${base64({ alg: 'none' })}.${payloadOf(token)}.`,
      token => `${base64({ alg: 'None', kid: 'one' })}.${payloadOf(token)}.${token.split('.')[2]}`,
      mac(client.secret),
      mac(await exportSPKI(liar.publicKey)),
      byThief({}),
      byThief({ jwk: thiefKey }),
      byThief({ jku: 'https://thief.example/keys', x5u: 'https://thief.example/cert' }),
      token => token.slice(0, -4),
      token => `${token}AAAA`,
      token => `${token}.`,
      () => '',
      () => 'a.b.c',
    ]
    for (const forgery of forgeries) {
      liar.lie({ token: forgery })
      await assert.rejects(signIn(), { code: 'sso.refused' })
    }
  })

  test('a subject longer than the standard allows is nobody, and no fault of ours', async () => {
    liar.lie({ claims: { sub: 'a'.repeat(256) } })
    await assert.rejects(signIn(), { code: 'sso.refused' })
    liar.lie({ claims: { sub: 'a\0b' } })
    await assert.rejects(signIn(), { code: 'sso.refused' })
  })

  /** Without what is remembered of the provider. */
  const afresh = async (): Promise<unknown> => {
    stage.people.clock.turn(700)
    try {
      return await stage.sso.begin(house.organization, { connectionId: house.connectionId })
    } finally {
      stage.people.clock.turn(-700)
    }
  }

  test('R30: a provider without PKCE, without public-key signatures, without TLS, or by another name is unfit', async () => {
    const unfit: readonly Readonly<Record<string, unknown>>[] = [
      { code_challenge_methods_supported: ['plain'] },
      { id_token_signing_alg_values_supported: ['HS256', 'none'] },
      { response_types_supported: ['id_token'] },
      { authorization_endpoint: 'http://liar.example/authorize' },
      { authorization_endpoint: 'javascript:alert(1)' },
      { token_endpoint: 'http://liar.example/token' },
      { jwks_uri: undefined },
    ]
    for (const metadata of unfit) {
      liar.lie({ metadata })
      await assert.rejects(afresh(), { code: 'sso.provider_unfit' }, JSON.stringify(metadata))
    }
    for (const metadata of [{ issuer: 'https://idp.example' }, { issuer: `${liar.issuer}/` }, { issuer: undefined }]) {
      liar.lie({ metadata })
      await assert.rejects(afresh(), { message: /provider/ })
    }
  })

  test('R9: an endpoint that leads inwards is not called', async () => {
    liar.lie({ metadata: { token_endpoint: 'https://inner.example/token' } })
    await afresh()
    await assert.rejects(signIn(), { code: 'web.address_refused' })
    liar.lie({})
    await afresh()
    assert.equal((await signIn()).outcome, 'unknown')
  })

  test('R27: a provider that hangs, or sends 10 MB, is unavailable; nobody is let in', async () => {
    for (const path of ['/token', '/keys']) {
      liar.lie({ floods: path })
      await assert.rejects(signIn(), { code: 'sso.provider_unavailable', status: 502 })
      liar.lie({ hangs: path })
      await assert.rejects(signIn(), { code: 'sso.provider_unavailable' })
    }
    liar.lie({ floods: '/.well-known/openid-configuration' })
    await assert.rejects(afresh(), { code: 'sso.provider_unavailable' })
    liar.lie({ hangs: '/.well-known/openid-configuration' })
    await assert.rejects(afresh(), { code: 'sso.provider_unavailable' })
  })
})
