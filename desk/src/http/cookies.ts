import { refuse } from '../errors.ts'
import { cookieOf } from './request.ts'

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
const ageSecs = 12 * 60 * 60

/** The session's token as the browser sends it back. */
export function sessionOf(request: Request, url: URL): string | undefined {
  return cookieOf(request, nameOf(url))
}

/**
 * Over https the name carries `__Host-`, so that no sibling host and no plain connection can set it.
 * @throws desk.insecure_origin over plain http that leaves this machine
 */
export function sessionCookie(url: URL, token: string): string {
  if (url.protocol !== 'https:' && !loopback.test(url.hostname)) throw refuse.insecure_origin()
  return `${nameOf(url)}=${token}; Path=/; Max-Age=${ageSecs}; HttpOnly; SameSite=Lax${secureOf(url)}`
}

export function endedCookie(url: URL): string {
  return `${nameOf(url)}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax${secureOf(url)}`
}

function nameOf(url: URL): string {
  return url.protocol === 'https:' ? '__Host-desk' : 'desk'
}

function secureOf(url: URL): string {
  return url.protocol === 'https:' ? '; Secure' : ''
}
