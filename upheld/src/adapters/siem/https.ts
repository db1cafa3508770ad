import { Agent as PlainAgent, request as plainRequest, type IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { Batch, Sink, Taken } from '../../foundation/audit/siem/index.ts'

export interface HttpsOptions {
  readonly url: URL
  /** Goes into the header Authorization, such as `Bearer …`. */
  readonly authorization?: string
  /** Certificates to believe besides none: PEM. Those of the system when absent. */
  readonly ca?: string
  /** From the first byte sent to the last byte of the answer. */
  readonly timeoutMs?: number
}

/** Longer answers are cut off: all that matters is their status. */
const answerBytesMax = 64 * 1024
const retryAfterSecsMax = 120

/**
 * A batch is one POST, its lines as they are. 2xx takes it; 408, 425, 429 and 5xx, and a connection that breaks, may be
 * tried again; anything else, redirects too, will not become better. The key tells a receiver that it has this batch.
 */
export function httpsSink({ url, authorization, ca, timeoutMs = 30_000 }: HttpsOptions): Sink {
  const secure = url.protocol === 'https:'
  const agent = secure
    ? new Agent({ keepAlive: true, maxSockets: 1, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) })
    : new PlainAgent({ keepAlive: true, maxSockets: 1 })

  const post = (batch: Batch): Promise<Taken> =>
    new Promise(resolve => {
      const body = Buffer.from(`${bodyLines(batch).join('\n')}\n`)
      const signal = AbortSignal.timeout(timeoutMs)
      const options = {
        method: 'POST',
        agent,
        signal,
        headers: {
          'content-type': batch.media,
          'content-length': body.length,
          'idempotency-key': keyOf(batch),
          'user-agent': 'upheld',
          ...(authorization === undefined ? {} : { authorization }),
        },
      }
      const answered = (response: IncomingMessage): void => void judge(response).then(resolve)
      const sent = secure ? request(url, options, answered) : plainRequest(url, options, answered)
      sent.on('error', error => {
        const late = signal.aborted
        resolve({ taken: false, again: true, why: late ? `no answer within ${timeoutMs} ms` : reasonOf(error) })
      })
      sent.end(body)
    })

  return Object.freeze({
    says: `${url.protocol}//${url.host}`,
    deliver: post,
    close() {
      agent.destroy()
      return Promise.resolve()
    },
  } satisfies Sink)
}

/** The header of a format of columns stands in each body: a receiver reads each by itself. */
function bodyLines({ header, items }: Batch): string[] {
  return [...(header === undefined ? [] : [header]), ...items.map(({ line }) => line)]
}

function keyOf({ origin, items }: Batch): string {
  return `"${origin}#${items[0]?.index ?? 0}-${items.at(-1)?.index ?? 0}"`
}

/** Reads the answer to its end, so that the connection can be used again; what it says is not repeated anywhere. */
async function judge(response: IncomingMessage): Promise<Taken> {
  const status = response.statusCode ?? 0
  try {
    let bytes = 0
    for await (const part of response) {
      bytes += Buffer.isBuffer(part) ? part.length : 0
      if (bytes > answerBytesMax) {
        response.destroy()
        break
      }
    }
  } catch (error) {
    return { taken: false, again: true, why: reasonOf(error) }
  }
  if (status >= 200 && status < 300) return { taken: true }
  const again = status >= 500 || status === 408 || status === 425 || status === 429
  const secs = Number(/^\d{1,6}$/.exec(response.headers['retry-after'] ?? '')?.[0] ?? 0)
  return {
    taken: false,
    again,
    why: `it answers ${status}`,
    ...(secs === 0 ? {} : { afterMs: Math.min(secs, retryAfterSecsMax) * 1000 }),
  }
}

/** The code of a broken connection: its message could hold what a stranger sent. */
function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'it broke off'
}
