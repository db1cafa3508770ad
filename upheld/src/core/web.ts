import { isIPv4 } from 'node:net'

/** A request to an address that somebody else named. No redirect is ever followed. */
export interface WebRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

/** Calls to the outside that cannot be turned inwards: as a port, so that whoever needs them brings no client along. */
export interface Web {
  /** The same address, once it may be called. @throws web.address_refused, web.unreachable */
  judge(address: string): Promise<URL>
  /** Judged again, and called at the very address that was judged. @throws as judge, web.too_big, web.unreachable */
  call(address: string, request: WebRequest): Promise<Response>
}

/** Whether a host, as an address has it (a number of version 6 in brackets), is this machine itself. */
export function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'))
}

/** Whether this can be an address of ours: https, or plain http on this machine alone. */
export function isOwnAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && isThisMachine(hostname))
}

/** Whether this is where people can reach us: such an address, and nothing but scheme, host and port. */
export function isOwnOrigin(text: string): boolean {
  return isOwnAddress(text) && new URL(text).origin === text
}

/**
 * The same address of this machine by its name: a browser binds passkeys to names alone (Web Authentication, section 5.1.3).
 * Any other address stays as it is.
 */
export function byName(origin: string): string {
  return origin.replace(/^(https?:\/\/)127\.0\.0\.1(?=[:/]|$)/, '$1localhost')
}
