import { Agent, request as overHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as SecureAgent, request as overHttps } from 'node:https'
import { pause, type Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import { isThisMachine } from '../../core/web.ts'
import type { Answer, Asked } from '../probes/index.ts'
import { refuse } from './errors.ts'

/** How much may go over the line. Counted here, so that a service cannot make a client ask for more. */
interface Pace {
  readonly requestsMax: number
  readonly perMinute: number
}

interface AskLimits {
  readonly bytesMax?: number
  readonly secsMax?: number
  /** Sent also when the run was ended, or has used up its requests: it takes away what the run made. */
  readonly last?: true
}

/** One service, and no other place: no redirect is followed, no name is looked up but its own. */
export interface ServiceLine {
  readonly origin: string
  readonly sent: () => number
  /** Bounds from now on, as the contract has them. */
  bound(pace: Pace): void
  ask(asked: Asked, limits?: AskLimits): Promise<Answer>
}

interface LineOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** A certificate that is trusted besides those of Node, in PEM. */
  readonly ca?: string
  /** How long one answer may take, where it is less than usual. */
  readonly answerSecs?: number
}

const answerBytesMax = 2 * 1024 * 1024
const answerSecsMax = 20
const unboundRequestsMax = 10
const minuteMs = 60_000
const socketsMax = 4

/** @throws outsiders.bad_origin */
export function openLine(service: string, { clock, signal, ca, answerSecs = answerSecsMax }: LineOptions): ServiceLine {
  const url = URL.canParse(service) ? new URL(service) : undefined
  if (url === undefined || ![url.origin, `${url.origin}/`].includes(service)) throw refuse.bad_origin()
  const secure = url.protocol === 'https:'
  if (!secure && !(url.protocol === 'http:' && isThisMachine(url.hostname)))
    throw refuse.bad_origin({ detail: 'https is needed.' })
  let pace: Pace = { requestsMax: unboundRequestsMax, perMinute: unboundRequestsMax }
  // Connections that wait for a next request keep no process alive.
  const agent = secure
    ? new SecureAgent({ keepAlive: true, maxSockets: socketsMax, ...(ca === undefined ? {} : { ca }) })
    : new Agent({ keepAlive: true, maxSockets: socketsMax })
  let sent = 0
  const recent: number[] = []
  const turn = async (last: boolean): Promise<void> => {
    if (!last && sent >= pace.requestsMax) throw refuse.spent({ detail: `${sent} requests were sent.` })
    sent += 1
    for (;;) {
      const nowMs = clock.monotonicMs()
      while (recent.length > 0 && nowMs - (recent[0] ?? 0) >= minuteMs) recent.shift()
      if (last || recent.length < pace.perMinute) {
        recent.push(nowMs)
        return
      }
      await pause(minuteMs - (nowMs - (recent[0] ?? 0)), signal)
      if (signal.aborted) throw refuse.too_slow({ detail: 'The run was ended.' })
    }
  }
  return Object.freeze({
    origin: url.origin,
    sent: () => sent,
    bound(next: Pace) {
      // What is sent at the end of one minute may arrive in the next one.
      pace = { requestsMax: next.requestsMax, perMinute: Math.max(1, Math.floor(next.perMinute * 0.9)) }
    },
    async ask(asked: Asked, limits: AskLimits = {}) {
      const last = limits.last === true
      await turn(last)
      return exchange({ url, secure, signal: last ? new AbortController().signal : signal, agent }, asked, {
        secsMax: answerSecs,
        ...limits,
      })
    },
  })
}

interface Place {
  readonly url: URL
  readonly secure: boolean
  readonly signal: AbortSignal
  readonly agent: Agent
}

function exchange(place: Place, asked: Asked, limits: AskLimits, again = false): Promise<Answer> {
  const { url, secure, signal, agent } = place
  const { bytesMax = answerBytesMax, secsMax = answerSecsMax } = limits
  const { method, target, headers, body } = asked
  // All of it, from the first byte sent to the last one read: somebody who sends a byte a second ends nothing.
  const whole = AbortSignal.timeout(secsMax * 1000)
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const options: RequestOptions = {
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    method,
    path: target,
    agent,
    signal: AbortSignal.any([signal, whole]),
    headers: { ...headers, ...length, host: url.host },
  }
  return new Promise((resolve, reject) => {
    const beganMs = performance.now()
    const answered = (incoming: IncomingMessage): void => void read(incoming, bytesMax, beganMs).then(resolve, failed)
    const failed = (cause: unknown): void => {
      outgoing.destroy()
      // A connection that was kept may be closed just then: the request never arrived.
      if (outgoing.reusedSocket && !again && wasCut(cause)) resolve(exchange(place, asked, limits, true))
      else reject(explained(cause, whole.aborted, secsMax))
    }
    const outgoing = secure ? overHttps(options, answered) : overHttp(options, answered)
    outgoing.on('error', failed)
    outgoing.end(body)
  })
}

function wasCut(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE')
}

async function read(incoming: IncomingMessage, bytesMax: number, beganMs: number): Promise<Answer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of incoming) {
    if (!Buffer.isBuffer(part)) continue
    bytes += part.length
    if (bytes > bytesMax) throw refuse.too_big({ detail: `More than ${bytesMax} bytes.` })
    parts.push(part)
  }
  const headers = Object.entries(incoming.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'string' ? value : value.join('\n')] as const],
  )
  return {
    status: incoming.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(parts).toString('utf8'),
    tookMs: performance.now() - beganMs,
  }
}

const tlsCodes = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO|HOSTNAME_MISMATCH)/

function explained(cause: unknown, late: boolean, secsMax: number): UpheldError {
  if (cause instanceof UpheldError) return cause
  if (late) return refuse.too_slow({ detail: `It was waited for ${secsMax} seconds.`, cause })
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
  const known = code !== undefined && /^[A-Z0-9_]{2,60}$/.test(code) ? code : 'no reason was given'
  return tlsCodes.test(known) ? refuse.bad_tls({ detail: known, cause }) : refuse.unreachable({ detail: known, cause })
}

/** @throws outsiders.led_elsewhere, outsiders.no_outsiders, outsiders.refused */
export function mustAnswer({ status, headers, body }: Answer, wanted: number, what: string): string {
  if (status === wanted) return body
  if (status >= 300 && status < 400) throw refuse.led_elsewhere({ detail: `The ${what} was asked for.` })
  if (status === 404 && what === 'contract') throw refuse.no_outsiders()
  const code = /"code":\s*"([a-z]+\.[a-z_]+)"/.exec(body.slice(0, 1_000))?.[1]
  if (code === 'probing.other_contract') throw refuse.other_contract()
  const wait = headers['retry-after']
  const later = wait !== undefined && /^\d{1,6}$/.test(wait) ? ` Ask again in ${wait} seconds.` : ''
  throw refuse.refused({ detail: `The ${what}: status ${status}${code === undefined ? '' : `, ${code}`}.${later}` })
}
