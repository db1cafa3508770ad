import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request, type Server } from 'node:https'
import { Provider, type Configuration } from 'oidc-provider'
import { certify, testAuthority, type Certified } from '../outside/certificate.ts'

/** Who signs in at the provider next, and what it says of them. */
export interface Account {
  readonly sub: string
  readonly claims?: Readonly<Record<string, unknown>>
  readonly amr?: readonly string[]
  readonly acr?: string
}

/** A real provider (npm `oidc-provider`) on loopback, over TLS, whose people sign in without being asked. */
export interface Peer {
  readonly issuer: string
  /** A browser without a face: follows the provider's pages until it is sent to the relying party, and stops there. */
  visit(location: string, account: Account): Promise<URL>
  /** Answers everything with this status from now on; undefined: as usual. */
  stop(status: number | undefined): void
  close(): Promise<void>
}

export const peerAuthority = testAuthority()
const certificate: Certified = certify(
  { names: ['127.0.0.1', 'idp.example', 'other.example', 'liar.example'] },
  peerAuthority,
)

export async function listenTls(
  listener: Parameters<typeof createServer>[1],
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer({ key: certificate.key, cert: certificate.cert }, listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { server, port: address.port }
}

export async function closeTls(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
}

export async function startPeer(
  host: string,
  clients: readonly { readonly id: string; readonly secret: string }[],
  redirectUri: string,
): Promise<Peer> {
  let account: Account = { sub: 'nobody' }
  let stopped: number | undefined
  const { server, port } = await listenTls((request, response) => {
    if (stopped !== undefined) response.writeHead(stopped).end()
    else void answer(request, response)
  })
  const issuer = `https://${host}:${port}`
  const provider = new Provider(
    issuer,
    settings(clients, redirectUri, () => account),
  )

  const handle = provider.callback()
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/interaction/') !== true) return handle(request, response)
    const { params, prompt } = await provider.interactionDetails(request, response)
    if (prompt.name === 'login') {
      const { sub, amr, acr } = account
      const login = {
        accountId: sub,
        ...(amr === undefined ? {} : { amr: [...amr] }),
        ...(acr === undefined ? {} : { acr }),
      }
      return provider.interactionFinished(request, response, { login })
    }
    const grant = new provider.Grant({ accountId: account.sub, clientId: String(params['client_id']) })
    grant.addOIDCScope('openid email profile')
    return provider.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant.save() } },
      { mergeWithLastSubmission: true },
    )
  }

  return Object.freeze({
    issuer,
    async visit(location: string, next: Account) {
      account = next
      const jar = new Map<string, string>()
      let url = new URL(location)
      for (let step = 0; step < 10; step++) {
        const { status, headers } = await browse(url, port, jar)
        const to = headers.get('location')
        assert.ok(to !== null && status >= 300 && status < 400, `the provider answered ${status} at ${url.pathname}`)
        url = new URL(to, url)
        if (url.href.startsWith(redirectUri)) return url
      }
      throw new Error('the provider never sent the browser back')
    },
    stop(status: number | undefined) {
      stopped = status
    },
    close: () => closeTls(server),
  })
}

/** What a provider of everyday use has switched on. */
function settings(
  clients: readonly { readonly id: string; readonly secret: string }[],
  redirectUri: string,
  account: () => Account,
): Configuration {
  return {
    clients: clients.map(({ id, secret }) => ({
      client_id: id,
      client_secret: secret,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    })),
    claims: { email: ['email', 'email_verified'], profile: ['name'], openid: ['sub', 'acr', 'amr', 'auth_time'] },
    conformIdTokenClaims: false,
    acrValues: ['urn:example:two'],
    cookies: { keys: ['a key of a test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ ...account().claims, sub }) }),
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Grant: 600, Interaction: 600, Session: 600 },
  }
}

/** One page, with the cookies of the pages before. */
async function browse(url: URL, port: number, jar: Map<string, string>): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        ca: peerAuthority.cert,
        agent: false,
        headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
        lookup: (_host, options, done) => {
          if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }])
          else done(null, '127.0.0.1', 4)
        },
      },
      message => {
        for (const line of message.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
          if (value === '') jar.delete(name)
          else jar.set(name, value)
        }
        message.resume()
        const to = message.headers.location
        resolve(
          new Response(null, { status: message.statusCode ?? 500, headers: to === undefined ? {} : { location: to } }),
        )
      },
    )
    sent.once('error', reject)
    sent.end()
    assert.equal(Number(url.port), port)
  })
}
