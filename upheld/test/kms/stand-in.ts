import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** What a stand-in was asked. */
export interface Asked {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** `throttled` is what the service itself says; the others are what happens to any service on the way. */
export type Fault = 'throttled' | 'down' | 'slow' | 'garbage' | 'not http' | 'too large' | 'cut' | 'reset'

export interface StandIn {
  readonly url: string
  /** Calls that reached it since it began. */
  calls(): number
  /** The most that were under way at one time. */
  mostAtOnce(): number
  /** The next `times` calls meet this. `retryAfter` is a header for `throttled`. */
  fault(kind: Fault, times: number, retryAfter?: string): void
  /** Answers no sooner than after so many milliseconds. */
  delay(ms: number): void
  close(): Promise<void>
}

const bodyBytesMax = 65_536

/** A server on loopback that speaks as a key service does, and breaks when it is told to. */
export async function startStandIn(
  answer: (asked: Asked) => Reply,
  throttled: Reply,
  /** Calls that are no calls of the key service, such as for a token, meet no fault and are not counted. */
  aside: (path: string) => boolean = () => false,
): Promise<StandIn> {
  const sockets = new Set<Socket>()
  const faults: { kind: Fault; retryAfter?: string | undefined }[] = []
  const count = { calls: 0, now: 0, most: 0, delayMs: 0 }
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await read(request)
    if (aside(asked.path)) return send(response, answer(asked))
    count.calls++
    count.most = Math.max(count.most, ++count.now)
    response.on('close', () => count.now--)
    const fault = faults.shift()
    if (count.delayMs > 0) await pause(count.delayMs)
    if (fault === undefined) return send(response, answer(asked))
    misbehave(fault.kind, response, throttled, fault.retryAfter)
  }
  const server = createServer((request, response) => void serve(request, response).catch(() => request.destroy()))
  server.on('connection', socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return {
    url: `http://127.0.0.1:${port}`,
    calls: () => count.calls,
    mostAtOnce: () => count.most,
    fault(kind, times, retryAfter) {
      faults.length = 0
      for (let each = 0; each < times; each++) faults.push({ kind, retryAfter })
    },
    delay(ms) {
      count.delayMs = ms
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function read(request: IncomingMessage): Promise<Asked> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue
    bytes += part.length
    if (bytes > bodyBytesMax) throw new Error('too long')
    parts.push(part)
  }
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body: Buffer.concat(parts),
  }
}

function send(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    ...headers,
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

function misbehave(kind: Fault, response: ServerResponse, throttled: Reply, retryAfter: string | undefined): void {
  switch (kind) {
    case 'throttled':
      send(response, { ...throttled, ...(retryAfter === undefined ? {} : { headers: { 'retry-after': retryAfter } }) })
      break
    case 'down':
      response.writeHead(503, { 'content-type': 'text/html' }).end('<html>Service Unavailable</html>')
      break
    case 'garbage':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to the portal of this network</html>')
      break
    case 'not http':
      response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n')
      break
    case 'too large':
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(`{"padding":"${'x'.repeat(4_000_000)}"}`)
      break
    case 'cut':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' })
      response.write('{"data":{"ciphertext":"', () => response.socket?.destroy())
      break
    case 'reset':
      response.socket?.destroy()
      break
    case 'slow':
      // Whoever asked hangs up.
      break
  }
}
