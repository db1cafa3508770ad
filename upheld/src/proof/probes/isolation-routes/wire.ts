import { request as send, type Agent, type IncomingHttpHeaders } from 'node:http'
import { cannotProbe } from '../../claims/index.ts'

/** One request as it goes over the wire, and one answer as it comes. */

export interface Asked {
  readonly method: string
  /** Path and query, as they are sent: nothing tidies them on the way. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Answer {
  readonly status: number
  /** In lower case; what stands several times is joined by a line break. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** From the first byte sent to the last one read. */
  readonly tookMs: number
}

export interface Line {
  readonly origin: string
  readonly agent: Agent
  readonly signal: AbortSignal
}

const answerBytesMax = 8 * 1024 * 1024
const patienceMs = 30_000

/** @throws claims.cannot_probe when nothing answers, or something that never ends */
export async function ask(line: Line, asked: Asked): Promise<Answer> {
  if (line.signal.aborted) throw cannotProbe('The run was ended.')
  try {
    return await exchange(line, asked)
  } catch (first) {
    // A connection that was kept open may be closed just then: the request never arrived.
    if (!wasCut(first)) throw explained(asked, first)
    return exchange(line, asked).catch((again: unknown) => {
      throw explained(asked, again)
    })
  }
}

function exchange({ origin, agent, signal }: Line, { method, target, headers, body }: Asked): Promise<Answer> {
  const { hostname, port } = new URL(origin)
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const outgoing = send({
      hostname,
      port,
      method,
      path: target,
      agent,
      signal,
      timeout: patienceMs,
      headers: { ...headers, ...length },
    })
    outgoing.on('error', reject)
    outgoing.on('timeout', () => outgoing.destroy(cannotProbe(`Nothing answered within ${patienceMs / 1000} seconds.`)))
    outgoing.on('response', incoming => {
      const chunks: Buffer[] = []
      let bytes = 0
      const answered = (): void => {
        const tookMs = performance.now() - began
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: incoming.statusCode ?? 0, headers: flat(incoming.headers), body: text, tookMs })
      }
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.byteLength
        chunks.push(chunk)
        if (bytes <= answerBytesMax) return
        // A log grows with each walk, and is taken along whole: its beginning is judged.
        if (incoming.headers['content-disposition']?.startsWith('attachment') === true) {
          answered()
          incoming.destroy()
        } else outgoing.destroy(cannotProbe('An answer is larger than 8 MiB.'))
      })
      incoming.on('error', reject)
      incoming.on('end', answered)
    })
    outgoing.end(body)
  })
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join('\n')]],
    ),
  )
}

function wasCut(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}

function explained({ method, target }: Asked, error: unknown): Error {
  if (error instanceof Error && 'code' in error && error.code === 'claims.cannot_probe') return error
  const [path = ''] = target.split('?', 1)
  return cannotProbe(`${method} ${path.slice(0, 80)} was not answered.`, error)
}
