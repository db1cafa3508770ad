import { once } from 'node:events'
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTls } from 'node:tls'
import { certify, testAuthority } from '../outside/certificate.ts'

/** Receivers of exported entries, on real sockets, that can be told how to misbehave. */

/** What a receiver does with one request: a status, `hang`, or `die` in the middle of it. */
type Manner = number | 'hang' | 'die' | 'die after it took' | { readonly status: number; readonly retryAfter: string }

export interface Received {
  readonly body: string
  readonly headers: IncomingMessage['headers']
}

interface HttpReceiver {
  readonly url: URL
  /** PEM of the authority, for receivers with TLS. */
  readonly ca: string
  /** Everything that was read to its end, whether it was then acknowledged or not. */
  readonly received: Received[]
  close(): Promise<void>
}

export interface Identity {
  readonly key: string
  readonly cert: string
  readonly ca: string
}

/** A certificate for this machine, of an authority that only the test knows. */
export function localIdentity(names: readonly string[] = ['127.0.0.1']): Identity {
  const authority = testAuthority()
  const own = certify({ names }, authority)
  return { ...own, ca: authority.cert }
}

export async function httpReceiver(manners: (request: number) => Manner, identity?: Identity): Promise<HttpReceiver> {
  const received: Received[] = []
  const sockets = new Set<Socket>()
  let requests = 0
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const manner = manners(requests++)
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => {
      parts.push(part)
      if (manner === 'die') request.socket.destroy()
    })
    request.on('error', () => undefined)
    request.on('end', () => {
      received.push({ body: Buffer.concat(parts).toString(), headers: request.headers })
      if (manner === 'hang') return
      if (typeof manner === 'string') request.socket.destroy()
      else if (typeof manner === 'number')
        response.writeHead(manner, { location: '/elsewhere' }).end('x'.repeat(100_000))
      else response.writeHead(manner.status, { 'retry-after': manner.retryAfter }).end()
    })
  }
  const server = identity === undefined ? createHttp(answer) : createHttps(identity, answer)
  server.on('connection', (socket: Socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`${identity === undefined ? 'http' : 'https'}://127.0.0.1:${portOf(server)}/events`),
    ca: identity?.ca ?? '',
    received,
    close: () => closeAll(server, sockets),
  }
}

interface SyslogReceiver {
  readonly port: number
  readonly messages: string[]
  close(): Promise<void>
}

/** Reads frames by their octet counts, as RFC 6587 section 3.4.1 has it. `manners` says how a connection is ended. */
export async function syslogReceiver(
  manners: (connection: number) => 'good' | 'reset' | 'deaf',
  identity?: Identity,
): Promise<SyslogReceiver> {
  const messages: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const answer = (socket: Socket): void => {
    sockets.add(socket)
    const manner = manners(connections++)
    let rest = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (part: Buffer) => {
      if (manner === 'reset') {
        socket.destroy()
        return
      }
      rest = Buffer.concat([rest, part])
      for (;;) {
        const space = rest.indexOf(0x20)
        const length = Number(rest.subarray(0, space).toString())
        if (space < 0 || rest.length < space + 1 + length) break
        messages.push(rest.subarray(space + 1, space + 1 + length).toString())
        rest = rest.subarray(space + 1 + length)
      }
    })
    socket.on('end', () => {
      if (manner === 'good') socket.end()
    })
  }
  const server =
    identity === undefined
      ? createServer({ allowHalfOpen: true }, answer)
      : createTls({ ...identity, allowHalfOpen: true }, answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: portOf(server), messages, close: () => closeAll(server, sockets) }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function closeAll(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  for (const socket of sockets) socket.destroy()
  await closed
}
