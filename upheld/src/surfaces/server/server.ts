import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { pause } from '../../core/clock.ts'
import { bounded } from './body.ts'
import { refuse } from './errors.ts'
import { failureAnswer, type Failure } from './failure.ts'
import { secured } from './headers.ts'
import { limits as limitsSchema, type Limits } from './options.ts'

export type Handler = (request: Request) => Response | Promise<Response>

export interface ServerOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** When the port is taken: `refuse` says so, `next` tries the ones above it. */
  readonly whenTaken: 'refuse' | 'next'
  readonly handle: Handler
  readonly onFailure: (failure: Failure) => void
  readonly limits?: Partial<Limits>
}

export interface RunningServer {
  /** Such as http://127.0.0.1:4180, without a slash at its end. */
  readonly origin: string
  readonly port: number
  /** Takes no new connection, lets requests under way end, then cuts what is left. */
  close(): Promise<void>
}

/** @throws server.port_taken, server.no_free_port, server.address_refused */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const limits = limitsSchema.parse(options.limits ?? {})
  const server = httpServer(options, limits)
  const port = await listen(server, options, limits)
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return Object.freeze({ origin: `http://${host}:${port}`, port, close: () => close(server, limits) })
}

function httpServer(options: ServerOptions, limits: Limits): Server {
  const handled = async (request: Request): Promise<Response> => {
    try {
      return await options.handle(bounded(request, limits.bodyBytesMax))
    } catch (thrown) {
      const { response, failure } = await failureAnswer(request, thrown)
      options.onFailure(failure)
      return response
    }
  }
  const answer = async (request: Request): Promise<Response> => {
    const response = secured(await handled(request))
    // A connection that would be kept for a next request holds the closing of the server up.
    if (!server.listening) response.headers.set('connection', 'close')
    return response
  }
  const listener = getRequestListener(answer, {
    hostname: options.host,
    // Reached before `answer` is: the request line or its Host header makes no address.
    errorHandler: () => secured(Response.json({ error: { code: refuse.bad_address().code } }, { status: 400 })),
  })
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
  server.maxConnections = limits.connectionsMax
  server.maxRequestsPerSocket = limits.requestsPerConnectionMax
  return server
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
