import { request, type ClientRequest } from 'node:http'
import { cannotProbe } from '../../claims/index.ts'
import type { Ground } from './ground.ts'

/** A request whose body never ends by itself. */
interface Pouring {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Announced, whatever is sent. Without it the body has no length. */
  readonly length?: number
  /** Sent one after the other, as long as nothing is answered; the last one over and over. */
  readonly part: Uint8Array
  readonly partsMax: number
}

const patienceMs = 10_000

/** A connection that is closed on our own words may take its answer along (RFC 1122, section 4.2.2.13): it is asked again. */
const triesMax = 5

/** The status of the answer that comes while the body is still on its way; 0 where none came. */
export async function poured(ground: Pick<Ground, 'street' | 'signal'>, pouring: Pouring): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      return await pouredOnce(ground, pouring)
    } catch (thrown) {
      if (tries === triesMax || ground.signal.aborted) throw thrown
    }
  }
}

/** The same, once. @throws claims.cannot_probe where the connection was cut off */
function pouredOnce(
  { street, signal }: Pick<Ground, 'street' | 'signal'>,
  { path, headers, length, part, partsMax }: Pouring,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = open(street, path, {
      ...headers,
      ...(length === undefined ? {} : { 'content-length': String(length) }),
    })
    let answered = false
    const end = (status: number): void => {
      answered = true
      clearTimeout(timer)
      outgoing.destroy()
      resolve(status)
    }
    const timer = setTimeout(() => end(0), patienceMs)
    signal.addEventListener('abort', () => end(0), { once: true })
    outgoing.on('response', ({ statusCode = 0 }) => end(statusCode))
    // Cut off in the middle of our own words: an answer may have come before, and is read first.
    outgoing.on('error', failure => {
      if (answered) return
      clearTimeout(timer)
      reject(cannotProbe(`A body without end at ${path} was cut off without an answer.`, failure))
    })
    const pour = (left: number): void => {
      if (answered || left === 0) return
      outgoing.write(part, () => setImmediate(pour, left - 1))
    }
    pour(partsMax)
  })
}

/** Requests that have begun and send nothing more, until they are let go. */
export function dripping({ street }: Pick<Ground, 'street'>, path: string, count: number): { end(): void } {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: street.site, 'content-length': '64' }
  const all = Array.from({ length: count }, () => {
    const outgoing = open(street, path, headers)
    outgoing.on('error', () => undefined)
    outgoing.write('email=a')
    return outgoing
  })
  return { end: () => all.forEach(one => one.destroy()) }
}

function open(street: Ground['street'], path: string, headers: Readonly<Record<string, string>>): ClientRequest {
  const { hostname, port } = new URL(street.origin)
  return request({ hostname, port, family: 4, path, method: 'POST', headers, agent: false })
}
