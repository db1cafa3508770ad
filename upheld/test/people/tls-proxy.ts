import assert from 'node:assert/strict'
import { request as send } from 'node:http'
import { createServer, request, type RequestOptions } from 'node:https'
import { certify, testAuthority } from '../outside/certificate.ts'

const authority = testAuthority()
const certificate = certify({ names: ['localhost'] }, authority)

export interface Heard {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

/** Ends TLS before a server on plain HTTP, as one stands before a system: names itself in Host, and says whom it was asked by. */
export interface TlsProxy {
  /** Such as https://localhost:4443. */
  readonly origin: string
  leadTo(port: number): void
  /** As a browser would ask, by its own authority. */
  ask(
    path: string,
    options?: Pick<RequestOptions, 'method' | 'headers' | 'localAddress'>,
    body?: string,
  ): Promise<Heard>
  close(): Promise<void>
}

export async function startTlsProxy(): Promise<TlsProxy> {
  let to = 0
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (incoming, outgoing) => {
    const before = incoming.headers['x-forwarded-for']
    const by = incoming.socket.remoteAddress ?? ''
    const headers = {
      ...incoming.headers,
      host: 'inside.invalid',
      'x-forwarded-for': before === undefined ? by : `${String(before)}, ${by}`,
    }
    const { method, url } = incoming
    const passed = send({ host: '127.0.0.1', port: to, method, path: url, headers, agent: false }, answer => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const { port } = address
  return {
    origin: `https://localhost:${port}`,
    leadTo(inside) {
      to = inside
    },
    ask: (path, options = {}, body) =>
      new Promise((resolve, reject) => {
        const own = {
          host: '127.0.0.1',
          port,
          servername: 'localhost',
          ca: authority.cert,
          path,
          agent: false,
          ...options,
        }
        const outgoing = request(own, answer => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () => {
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString() })
          })
        })
        outgoing.on('error', reject)
        outgoing.end(body)
      }),
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
