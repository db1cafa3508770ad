import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Batch, Item, Sink, Taken } from '../../foundation/audit/siem/index.ts'

export interface SyslogOptions {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  /** Certificates to believe: PEM. Those of the system when absent. */
  readonly ca?: string
  /** For a whole batch, from the connection to the receiver's goodbye. */
  readonly timeoutMs?: number
}

/** Facility 13, log audit (RFC 5424, section 6.2.1). */
const facility = 13

/**
 * Syslog over TLS, RFC 5425, or over TCP with octet counting, RFC 6587. The protocol has no receipt: a batch counts as
 * taken when every byte was acknowledged and the receiver closed its end after ours, in good order.
 */
export function syslogSink({ host, port, tls, ca, timeoutMs = 30_000 }: SyslogOptions): Sink {
  const open = (): Socket =>
    tls
      ? connectTls({
          host,
          port,
          minVersion: 'TLSv1.2',
          ...(isIP(host) === 0 ? { servername: host } : {}),
          ...(ca === undefined ? {} : { ca }),
        })
      : connectPlain({ host, port })

  const deliver = (batch: Batch): Promise<Taken> =>
    new Promise(resolve => {
      const socket = open()
      let goodbye = false
      let why = 'it closed the connection too early'
      const timer = setTimeout(() => {
        why = `no goodbye within ${timeoutMs} ms`
        socket.destroy()
      }, timeoutMs)
      socket.on('error', error => {
        why = 'code' in error && typeof error.code === 'string' ? error.code : 'it broke off'
      })
      socket.on('end', () => {
        goodbye = socket.writableFinished
      })
      socket.on('close', hadError => {
        clearTimeout(timer)
        resolve(goodbye && !hadError ? { taken: true } : { taken: false, again: true, why })
      })
      // What it says is of no interest, but unread it would keep the end from being seen.
      socket.resume()
      socket.once(tls ? 'secureConnect' : 'connect', () => {
        for (const item of batch.items) socket.write(frameOf(item))
        socket.end()
      })
    })

  return Object.freeze({
    says: `syslog ${tls ? 'over TLS' : 'on this machine'} at ${host}:${port}`,
    deliver,
    close: () => Promise.resolve(),
  } satisfies Sink)
}

/** Octet counting: the length in bytes, a space, the message. No byte in it can end it. */
function frameOf(item: Item): Buffer {
  const message = Buffer.from(messageOf(item))
  return Buffer.concat([Buffer.from(`${message.length} `), message])
}

function messageOf({ line, index, receivedAt, severity }: Item): string {
  const level = severity >= 6 ? 4 : severity >= 4 ? 5 : 6
  const sequence = (index % 2_147_483_647) + 1
  return `<${facility * 8 + level}>1 ${receivedAt} - upheld - audit [meta sequenceId="${sequence}"] ${line}`
}
