import type { ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { closeTls, listenTls } from './oidc-peer.ts'

/** What the provider answers, which lies where a test wants it to. */
export interface Lies {
  readonly claims: Readonly<Record<string, unknown>>
  readonly header: Readonly<Record<string, unknown>>
  readonly metadata: Readonly<Record<string, unknown>>
  readonly keys: readonly unknown[]
  readonly token: ((honest: string) => string | Promise<string>) | undefined
  /** A path that is never answered, and one that is answered with 10 MB. */
  readonly hangs: string | undefined
  readonly floods: string | undefined
}

/** A provider of our own writing, over TLS on loopback, of which every answer can be false. */
export interface Liar {
  readonly issuer: string
  readonly publicKey: CryptoKey
  /** In all but these it is honest from now on. */
  lie(lies: Partial<Lies>): void
  /** Which sign-in the next id token is for. */
  expect(nonce: string): void
  close(): Promise<void>
}

export async function startLiar(host: string, clientId: string): Promise<Liar> {
  const keys = await generateKeyPair('RS256', { extractable: true })
  const jwk: JWK = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const honest: Lies = {
    claims: {},
    header: {},
    metadata: {},
    keys: [jwk],
    token: undefined,
    hangs: undefined,
    floods: undefined,
  }
  let lies = honest
  let nonce = ''
  const { server, port } = await listenTls((request, response) => void answer(request.url ?? '', response))
  const issuer = `https://${host}:${port}`

  async function tokenOf(): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: issuer, aud: clientId, sub: 'anna', nonce, iat: now, exp: now + 300, ...lies.claims }
    const signed = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'one', ...lies.header })
      .sign(keys.privateKey)
    return (await lies.token?.(signed)) ?? signed
  }

  async function answer(path: string, response: ServerResponse): Promise<void> {
    if (path === lies.hangs) return
    if (path === lies.floods) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(`{"a":"${'x'.repeat(10_485_760)}"}`)
      return
    }
    const bodies: Readonly<Record<string, () => unknown>> = {
      '/.well-known/openid-configuration': () => ({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        id_token_signing_alg_values_supported: ['RS256'],
        ...lies.metadata,
      }),
      '/keys': () => ({ keys: lies.keys }),
      '/token': async () => ({ access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token: await tokenOf() }),
    }
    const body = await bodies[path]?.()
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  return Object.freeze({
    issuer,
    publicKey: keys.publicKey,
    lie(more: Partial<Lies>) {
      lies = { ...honest, ...more }
    },
    expect(next: string) {
      nonce = next
    },
    close: () => closeTls(server),
  })
}
