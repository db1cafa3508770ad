import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as later } from 'node:timers/promises'
import { refusal, s3Store, type Answer, type Asked, type S3Store } from './s3-store.ts'
import { wrongWith, type Account } from './s3-signature.ts'

/** What goes wrong with one request. */
export type Fault =
  | { readonly refuse: number; readonly code: string }
  /** Nothing is ever said. */
  | { readonly silent: 'before' | 'within' }
  /** The body ends with its connection after so many bytes. */
  | { readonly cut: number }
  /** So many bytes of the body, one at a time. */
  | { readonly trickle: number }
  /** The length that is announced is longer or shorter by this. */
  | { readonly lengthOff: number }
  /** It is done, but the connection ends before that is said. */
  | { readonly unanswered: true }
  /** Text that is no answer of S3. */
  | { readonly nonsense: string }

export interface StandIn {
  readonly endpoint: string
  readonly account: Account
  readonly store: S3Store
  /** Method, key and what was asked of it, in order. */
  readonly seen: Asked[]
  /** Asked for each request that was signed well; undefined lets it through. */
  fault: (asked: Asked, index: number) => Fault | undefined
  close(): Promise<void>
}

export const bucketName = 'sealed-objects'

/** A server that speaks as S3 does, with one bucket and one account, in memory. */
export async function standIn(options: { readonly pageMax?: number } = {}): Promise<StandIn> {
  const account: Account = {
    accessKeyId: 'AKIDSTANDIN',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCY',
    region: 'eu-central-1',
  }
  const store = s3Store(options.pageMax ?? 1000)
  const seen: Asked[] = []
  const made = { account, store, seen, fault: (): Fault | undefined => undefined }
  const server = createServer((request, response) => {
    serve(standing, request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const standing: StandIn = {
    ...made,
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
  return standing
}

async function serve(standing: StandIn, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request)
  const { pathname, searchParams: query } = new URL(request.url ?? '/', standing.endpoint)
  const [, bucket, ...rest] = pathname.split('/').map(decodeURIComponent)
  const wrong = wrongWith(request, body, standing.account, new Date())
  if (wrong !== undefined) return send(response, request, refusal(403, wrong))
  if (bucket !== bucketName) return send(response, request, refusal(404, 'NoSuchBucket'))
  const asked = { method: request.method ?? '', key: rest.join('/'), query, headers: request.headers, body }
  const fault = standing.fault(asked, standing.seen.length)
  standing.seen.push(asked)
  if (fault === undefined) return send(response, request, standing.store.answer(asked))
  return fail(fault, request, response, () => standing.store.answer(asked))
}

function send(response: ServerResponse, request: IncomingMessage, { status, headers, body = '' }: Answer): void {
  const bytes = Buffer.from(body)
  response.writeHead(status, { 'content-length': String(bytes.length), ...headers })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

async function fail(
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
  answer: () => Answer,
): Promise<void> {
  if ('refuse' in fault) return send(response, request, refusal(fault.refuse, fault.code))
  if ('nonsense' in fault) return send(response, request, { status: 200, body: fault.nonsense })
  if ('silent' in fault && fault.silent === 'before') return
  const { status, headers, body = '' } = answer()
  if ('unanswered' in fault) {
    request.socket.destroy()
    return
  }
  const bytes = Buffer.from(body)
  const announced = bytes.length + ('lengthOff' in fault ? fault.lengthOff : 0)
  response.writeHead(status, { ...headers, 'content-length': String(announced) })
  if ('lengthOff' in fault) {
    response.write(bytes.subarray(0, announced))
    await later(20)
    request.socket.destroy()
    return
  }
  if ('trickle' in fault) {
    for (const byte of bytes.subarray(0, fault.trickle)) {
      if (response.destroyed) return
      response.write(Buffer.of(byte))
      await later(40)
    }
    return
  }
  response.write(bytes.subarray(0, 'cut' in fault ? fault.cut : 1))
  if (!('cut' in fault)) return
  await later(20)
  request.socket.destroy()
}
