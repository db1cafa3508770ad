import { isOwnAddress } from '../../core/web.ts'
import { refuse } from './errors.ts'

/**
 * Cookies of a session. Over https the name carries `__Host-`, so that no sibling host and no plain connection can set it;
 * `SameSite=Lax`, out of reach for scripts. The life is that of the session; the server decides, not the cookie.
 */
export interface SessionCookies {
  /** The token as the browser sent it back; undefined when there is none, or more than one. */
  read(request: Request): string | undefined
  set(token: string): string
  end(): string
  /** The device that a person signed in with, which lasts longer than a session. */
  readDevice(request: Request): string | undefined
  setDevice(token: string): string
  /** Another one of the same kind, for a step between two pages. An age of zero takes it away. */
  readOther(request: Request, name: string): string | undefined
  setOther(name: string, value: string, ageSecs: number): string
}

const headerBytesMax = 16_384

/** @throws identity.bad_options over plain http that leaves this machine */
export function sessionCookies(
  origin: string,
  { sessionSecs, deviceSecs }: { readonly sessionSecs: number; readonly deviceSecs: number },
): SessionCookies {
  if (!isOwnAddress(origin))
    throw refuse.bad_options({ detail: 'origin: cookies of a session travel over https alone' })
  const https = new URL(origin).protocol === 'https:'
  const nameOf = (name: string): string => (https ? `__Host-${name}` : name)
  const cookie = (name: string, value: string, ageSecs: number): string =>
    `${nameOf(name)}=${value}; Path=/; Max-Age=${ageSecs}; HttpOnly; SameSite=Lax${https ? '; Secure' : ''}`
  const read = (request: Request, name: string): string | undefined => valueOf(request, nameOf(name))
  return Object.freeze({
    read: (request: Request) => read(request, 'session'),
    set: (token: string) => cookie('session', token, sessionSecs),
    end: () => cookie('session', '', 0),
    readDevice: (request: Request) => read(request, 'device'),
    setDevice: (token: string) => cookie('device', token, deviceSecs),
    readOther: read,
    setOther: cookie,
  })
}

/** Two of one name: somebody else set one of them, and nobody knows which. */
function valueOf(request: Request, name: string): string | undefined {
  const header = request.headers.get('cookie') ?? ''
  if (header.length > headerBytesMax) return undefined
  const values = header
    .split(';')
    .map(pair => pair.trim())
    .filter(pair => pair.startsWith(`${name}=`))
    .map(pair => pair.slice(name.length + 1))
  return values.length === 1 && values[0] !== '' ? values[0] : undefined
}
