import http from 'node:http'
import https from 'node:https'
import { isThisMachine } from '../../core/web.ts'
import { refuse } from './errors.ts'

/** No answer of a key service is near it. */
const answerBytesMax = 65_536
const idleSocketMs = 30_000

interface Question {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

/** What went wrong on the way. `garbage` is an answer that no key service gives. */
export interface Broken {
  readonly broken: string
  readonly garbage: boolean
}

interface Wire {
  /** Never throws, follows no redirect, and reads at most 64 KiB. */
  ask(question: Question, signal: AbortSignal): Promise<Answer | Broken>
}

/** @param ca certificates in PEM that are trusted instead of the usual ones */
export function openWire(ca?: string): Wire {
  const options = { keepAlive: true, timeout: idleSocketMs }
  const plain = new http.Agent(options)
  const secure = new https.Agent({ ...options, ...(ca === undefined ? {} : { ca }) })
  return Object.freeze({
    ask: (question: Question, signal: AbortSignal) =>
      new Promise<Answer | Broken>(resolve => {
        const { url, method, headers, body } = question
        const usual = { method, headers: { ...headers, connection: 'keep-alive' }, signal }
        const request =
          url.protocol === 'https:'
            ? https.request(url, { ...usual, agent: secure })
            : http.request(url, { ...usual, agent: plain })
        // The texts of these errors can name addresses: the code says enough.
        request.on('error', error => resolve(brokenBy(error)))
        request.on('response', response => read(response, resolve))
        request.end(body)
      }),
  })
}

function brokenBy(error: Error): Broken {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return { broken: code, garbage: code.startsWith('HPE_') }
}

function read(response: http.IncomingMessage, resolve: (answer: Answer | Broken) => void): void {
  const parts: Buffer[] = []
  let bytes = 0
  response.on('data', (part: Buffer) => {
    bytes += part.length
    parts.push(part)
    if (bytes <= answerBytesMax) return
    resolve({ broken: `The answer is longer than ${answerBytesMax} bytes.`, garbage: true })
    response.destroy()
  })
  response.on('error', error => resolve(brokenBy(error)))
  response.on('close', () => {
    if (!response.complete) resolve({ broken: 'The connection was cut within the answer.', garbage: false })
    else resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) })
  })
}

/**
 * The address of a key service. Without TLS it must be this machine; it holds no password, which would end in logs.
 * @throws kms.bad_options
 */
export function serviceAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw refuse.bad_options({ detail: 'The address is no URL.' })
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw refuse.bad_options({ detail: 'The address has more than a host, a port and a path.' })
  }
  const local = url.protocol === 'http:' && isThisMachine(url.hostname)
  if (url.protocol !== 'https:' && !local) {
    throw refuse.bad_options({ detail: 'The address must begin with https, or name this machine.' })
  }
  return url
}

/** RFC 9110 section 10.2.3: seconds, or a date. Undefined when there is none. */
export function retryAfterMs(headers: http.IncomingHttpHeaders, now: Date): number | undefined {
  const text = headers['retry-after']
  if (text === undefined) return undefined
  const ms = /^\d{1,6}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime()
  return Number.isNaN(ms) ? undefined : ms
}
