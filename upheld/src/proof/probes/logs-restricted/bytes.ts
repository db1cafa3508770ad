import { connect } from 'node:net'
import { cannotProbe } from '../../claims/index.ts'
import type { Secrets } from './secrets.ts'

const patienceMs = 2_000
const answerBytesMax = 64 * 1024

/** Bytes that reach the HTTP parser and no further, each with a secret in it. `after` is what the server is to wait for. */
export function malformed(secrets: Secrets): readonly (readonly [input: string, bytes: string])[] {
  const list: readonly (readonly [string, (secret: string) => string])[] = [
    ['a method', secret => `${secret} / HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['a version', secret => `GET /?t=${secret} HTTP/9.${secret}\r\nHost: a\r\n\r\n`],
    ['a header without a colon', secret => `GET / HTTP/1.1\r\nHost: a\r\nauthorization ${secret}\r\n\r\n`],
    ['a header with a control character', secret => `GET / HTTP/1.1\r\nHost: a\r\nx: \u0001${secret}\r\n\r\n`],
    ['a header without end', secret => `GET / HTTP/1.1\r\nHost: a\r\ncookie: ${secret.repeat(4096)}\r\n\r\n`],
    ['a host that is none', secret => `GET / HTTP/1.1\r\nHost: ${secret} ${secret}\r\nConnection: close\r\n\r\n`],
    ['an address of another host', secret => `GET http://${secret}:99999/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
    ['a length of a chunk', secret => `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${secret}z\r\n\r\n`],
    ['two lengths', secret => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: ${secret}\r\n\r\n${secret}`],
    ['a trace', secret => `TRACE /${secret} HTTP/1.1\r\nHost: a\r\nauthorization: ${secret}\r\nConnection: close\r\n\r\n`],
    ['an upgrade', secret => `GET /${secret} HTTP/1.1\r\nHost: a\r\nUpgrade: ${secret}\r\nConnection: upgrade\r\n\r\n`],
    ['a request of HTTP/2', secret => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${secret}`],
  ] // prettier-ignore
  return list.map(([what, write]) => {
    const input = `bytes that are no request: ${what}`
    return [input, write(secrets.plant(input))]
  })
}

/** Sends bytes as they are, and gives what comes back until the other side ends, or says nothing more. */
export function sendBytes(origin: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let said = ''
    let met = false
    const end = (): void => {
      socket.destroy()
      if (met) resolve(said)
      else reject(cannotProbe('Nothing takes a connection where the pages are said to be.'))
    }
    socket.setTimeout(patienceMs, end)
    socket.on('connect', () => {
      met = true
      socket.end(bytes, 'latin1')
    })
    socket.on('data', chunk => {
      said += chunk.toString('latin1')
      if (said.length > answerBytesMax) end()
    })
    // Closed in the middle of our own words is an answer too.
    socket.on('error', end)
    socket.on('close', end)
  })
}
