import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { pause } from '../../core/clock.ts'
import type { Caller } from '../../core/ports.ts'
import { bounded } from './body.ts'
import { unbroken } from './broken-body.ts'
import { refuse } from './errors.ts'
import { failureAnswer, type Failure } from './failure.ts'
import { secured } from './headers.ts'
import { limits as limitsSchema, type Limits } from './options.ts'
import { addressThrough } from './proxies.ts'
import { answerUnread, type Unread } from './unread.ts'

export type Handler = (request: Request, caller: Caller) => Response | Promise<Response>

/** One answer, for whoever counts them. `pathname` is there to find the route by, and is not for a log. */
interface Answered {
  readonly method: string
  readonly pathname: string
  readonly status: number
  /** Until the answer begins; its body may take longer. */
  readonly durationMs: number
  readonly failure?: Failure
}

export interface ServerOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** When the port is taken: `refuse` says so, `next` tries the ones above it. */
  readonly whenTaken: 'refuse' | 'next'
  readonly handle: Handler
  readonly onFailure: (failure: Failure) => void
  readonly onAnswered?: (answered: Answered) => void
  /** Bytes that were no request. */
  readonly onUnread?: (unread: Unread) => void
  readonly limits?: Partial<Limits>
  /** Addresses and networks of proxies before us: what they say of who asks them is believed. Nobody unless told. */
  readonly trustedProxies?: readonly string[]
}

export interface RunningServer {
  /** Such as http://127.0.0.1:4180, without a slash at its end. */
  readonly origin: string
  readonly port: number
  /** Takes no new connection, lets requests under way end, then cuts what is left. */
  close(): Promise<void>
}

/** @throws server.port_taken, server.no_free_port, server.address_refused, server.bad_proxy */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const limits = limitsSchema.parse(options.limits ?? {})
  const server = httpServer(options, limits)
  const port = await listen(server, options, limits)
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return Object.freeze({ origin: `http://${host}:${port}`, port, close: () => close(server, limits) })
}

function httpServer(options: ServerOptions, limits: Limits): Server {
  const unaddressed = (): Response => {
    const response = secured(Response.json({ error: { code: refuse.bad_address().code } }, { status: 400 }))
    options.onUnread?.({ status: 400 })
    return response
  }
  const listener = getRequestListener(
    answering(options, limits, () => server.listening),
    // Reached before any of ours is: the request line or its Host header makes no address.
    { hostname: options.host, errorHandler: unaddressed },
  )
  const server = createServer(
    {
      maxHeaderSize: limits.headerBytesMax,
      headersTimeout: limits.headersSecsMax * 1000,
      requestTimeout: limits.requestSecsMax * 1000,
      keepAliveTimeout: limits.keepAliveSecsMax * 1000,
      connectionsCheckingInterval: 1000,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  )
  server.on('clientError', (error, socket) => {
    const unread = answerUnread(error, socket)
    if (unread !== undefined) options.onUnread?.(unread)
  })
  server.maxConnections = limits.connectionsMax
  return server
}

interface Connection {
  readonly incoming: { readonly socket: { readonly remoteAddress?: string | undefined }; readonly complete?: boolean }
}

/** Whether a connection has brought as many requests as it may. Node would end it whatever is still coming in. */
function counting({ requestsPerConnectionMax }: Limits): (socket: object) => boolean {
  const counts = new WeakMap<object, number>()
  return socket => {
    const count = (counts.get(socket) ?? 0) + 1
    counts.set(socket, count)
    return count >= requestsPerConnectionMax
  }
}

/** One request from its arrival to the beginning of its answer, and what is told of it. */
function answering(options: ServerOptions, limits: Limits, listening: () => boolean) {
  const handled = async (request: Request, caller: Caller): Promise<{ response: Response; failure?: Failure }> => {
    try {
      return { response: await options.handle(bounded(request, limits.bodyBytesMax), caller) }
    } catch (thrown) {
      const failed = await failureAnswer(request, thrown)
      options.onFailure(failed.failure)
      return failed
    }
  }
  const addressOf = addressThrough(options.trustedProxies ?? [])
  const isLast = counting(limits)
  return async (request: Request, { incoming }: Connection): Promise<Response> => {
    const beganMs = performance.now()
    const last = isLast(incoming.socket)
    const { method, url } = request
    const { pathname } = new URL(url)
    // Gone before we looked: whoever asks for the address of nobody gets one that is nobody's.
    const { remoteAddress: peer } = incoming.socket
    const address = addressOf(peer ?? '::', request.headers.get('x-forwarded-for'))
    const { response: given, failure } = await handled(request, { address, ...(peer === undefined ? {} : { peer }) })
    const broken = async (thrown: unknown): Promise<void> =>
      options.onFailure((await failureAnswer(request, thrown)).failure)
    const response = secured(unbroken(given, thrown => void broken(thrown)))
    // Closed while they still send, it would take our answer along (RFC 9112, section 9.6): the listener reads on for a
    // moment, and closes then, whether or not a next request was announced.
    if (listening() && !incoming.complete) response.headers.set('connection', 'keep-alive')
    // A connection that would be kept for a next request holds the closing of the server up.
    else if (last || !listening()) response.headers.set('connection', 'close')
    const durationMs = performance.now() - beganMs
    const { status } = response
    options.onAnswered?.({ method, pathname, status, durationMs, ...(failure === undefined ? {} : { failure }) })
    return response
  }
}

async function listen(server: Server, options: ServerOptions, limits: Limits): Promise<number> {
  const tries = options.whenTaken === 'refuse' || options.port === 0 ? 1 : limits.portsTriedMax
  for (let port = options.port; port < options.port + tries && port <= 65_535; port += 1) {
    const problem = await tryListen(server, options.host, port)
    if (problem === undefined) return boundPort(server)
    if (problem !== 'EADDRINUSE') throw refuse.address_refused({ detail: `${options.host}:${port} (${problem})` })
  }
  const detail = `${options.host}:${options.port}`
  throw tries === 1
    ? refuse.port_taken({ detail })
    : refuse.no_free_port({ detail: `${detail} and the ${tries - 1} above it` })
}

/** Nothing when it listens, else the system's word for why not. */
function tryListen(server: Server, host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const failed = (error: NodeJS.ErrnoException): void => {
      server.removeListener('listening', listening)
      resolve(error.code ?? error.message)
    }
    const listening = (): void => {
      server.removeListener('error', failed)
      resolve(undefined)
    }
    server.once('error', failed)
    server.once('listening', listening)
    server.listen({ host, port, exclusive: true })
  })
}

function boundPort(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw refuse.address_refused()
  return address.port
}

async function close(server: Server, limits: Limits): Promise<void> {
  const closed = new Promise<void>(resolve => void server.close(() => resolve()))
  server.closeIdleConnections()
  const patience = new AbortController()
  await Promise.race([closed, pause(limits.closeSecsMax * 1000, patience.signal)])
  patience.abort()
  server.closeAllConnections()
  await closed
}
