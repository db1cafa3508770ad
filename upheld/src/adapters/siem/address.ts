import { refuse } from './errors.ts'

/** This machine itself, as it is written in an address: a name that a resolver could turn elsewhere is none. */
const loopback = /^(127(\.\d{1,3}){3}|\[::1\])$/

export type Target =
  | { readonly kind: 'https'; readonly url: URL }
  | { readonly kind: 'syslog'; readonly host: string; readonly port: number; readonly tls: boolean }

/**
 * An address of a receiver. Everything that leaves this machine goes over TLS; a password in an address would stand in
 * lists of processes, so it is refused.
 * @throws siem_sink.bad_address
 */
export function parseAddress(text: string): Target {
  if (!URL.canParse(text)) throw refuse.bad_address({ detail: 'It is no address.' })
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') throw refuse.bad_address({ detail: 'It holds a password.' })
  if (url.hash !== '') throw refuse.bad_address({ detail: 'It has a part behind #.' })
  const near = loopback.test(url.hostname)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && near)) return { kind: 'https', url }
  if (url.protocol === 'syslog+tls:' || (url.protocol === 'syslog+tcp:' && near)) {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (host === '' || url.search !== '' || !/^\/?$/.test(url.pathname))
      throw refuse.bad_address({ detail: 'For syslog it is host and port alone.' })
    const tls = url.protocol === 'syslog+tls:'
    return { kind: 'syslog', host, port: url.port === '' ? (tls ? 6514 : 601) : Number(url.port), tls }
  }
  throw refuse.bad_address({ detail: `${url.protocol}// is not spoken there.` })
}
