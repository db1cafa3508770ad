import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createRawServer, type Server, type Socket } from 'node:net'
import type { SecureVersion, TlsOptions } from 'node:tls'
import { certify, testAuthority, type Certified } from './certificate.ts'

// Web sites on loopback, over real sockets and real TLS. Each counts who came.

type Answerer = (request: IncomingMessage, response: ServerResponse) => void

export interface Listening {
  readonly port: number
  /** Connections since it listens. */
  connections(): number
  close(): Promise<void>
}

export interface SiteOptions {
  /** Changes to the headers of every answer; null takes one away. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>
  readonly cookies?: readonly string[]
  readonly page?: string
  /** What the file says; null: there is none. */
  readonly securityTxt?: string | null
  readonly certified?: Certified
  readonly oldest?: SecureVersion
  readonly newest?: SecureVersion
  /** Comes first; true when it has answered. */
  readonly before?: (request: IncomingMessage, response: ServerResponse) => boolean
  /** In place of the redirect to HTTPS. */
  readonly plain?: Answerer
}

export interface Site {
  /** Plain HTTP, which leads to the other. */
  readonly plain: string
  readonly secure: string
  /** Method and path of every request that came over TLS, in order. */
  readonly requests: readonly string[]
  connections(): number
  close(): Promise<void>
}

export const authority = testAuthority()

export const soundHeaders: Readonly<Record<string, string>> = Object.freeze({
  'content-type': 'text/html; charset=utf-8',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'content-security-policy':
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
})

export function soundSecurityTxt(): string {
  const expires = new Date(Date.now() + 200 * 86_400_000).toISOString()
  return `# For whoever finds something\nContact: mailto:security@site.example\nExpires: ${expires}\n`
}

/** A site without a fault, but for what is asked for. */
export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const requests: string[] = []
  const certified = options.certified ?? certify({ names: ['localhost', '127.0.0.1'] }, authority)
  const tls: TlsOptions = {
    ...certified,
    minVersion: options.oldest ?? 'TLSv1.2',
    maxVersion: options.newest ?? 'TLSv1.3',
    ciphers: 'DEFAULT@SECLEVEL=0',
  }
  const inner = await listen(
    createTlsServer(tls, (request, response) => {
      requests.push(`${request.method ?? ''} ${request.url ?? ''}`)
      answer(options, request, response)
    }),
  )
  const redirect: Answerer = (request, response) => {
    response.writeHead(308, { location: `https://localhost:${inner.port}${request.url ?? '/'}` }).end()
  }
  const outer = await listen(createServer(options.plain ?? redirect))
  return {
    plain: `http://localhost:${outer.port}/`,
    secure: `https://localhost:${inner.port}/`,
    requests,
    connections: () => inner.connections() + outer.connections(),
    async close() {
      await Promise.all([inner.close(), outer.close()])
    },
  }
}

function answer(options: SiteOptions, request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of Object.entries({ ...soundHeaders, ...options.headers })) {
    if (value !== null) response.setHeader(name, value)
  }
  if (options.before?.(request, response) === true) return
  if (request.method === 'OPTIONS') {
    response.writeHead(204, { allow: 'GET, HEAD, OPTIONS' }).end()
  } else if (request.method !== 'GET') {
    response.writeHead(405).end()
  } else if (request.url === '/.well-known/security.txt') {
    const text = options.securityTxt === undefined ? soundSecurityTxt() : options.securityTxt
    if (text === null) response.writeHead(404).end('<p>There is no such page.</p>')
    else response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(text)
  } else if (request.url === '/') {
    if (options.cookies !== undefined) response.setHeader('set-cookie', options.cookies)
    response.writeHead(200).end(options.page ?? '<!doctype html><title>A site</title><p>Welcome.</p>')
  } else {
    response.writeHead(404).end('<!doctype html><p>There is no such page.</p>')
  }
}

/** A server that does as it likes with each connection. */
export function openRaw(onSocket: (socket: Socket) => void): Promise<Listening> {
  return listen(createRawServer(onSocket))
}

export function openPlain(answerer: Answerer): Promise<Listening> {
  return listen(createServer(answerer))
}

async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>()
  let count = 0
  server.on('connection', (socket: Socket) => {
    count += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  // A handshake that fails is what some of the tests are about.
  server.on('tlsClientError', () => undefined)
  await new Promise<void>(resolve => server.listen(0, 'localhost', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => count,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
