import { onward } from './paths.ts'
import type { House } from './ports.ts'

/** What is open between the first factor and the second. */
interface OpenTicket {
  readonly ticket: string
  readonly ways: ReadonlySet<string>
  readonly next?: string | undefined
}

const ticketSecs = 300
const names = { ticket: 'ticket', next: 'next' } as const
const form = /^([A-Za-z0-9_-]{43})\.([a-z-]{0,60})$/

/** The ticket travels in a cookie: out of reach for scripts, in no address, in no form, and gone after five minutes. */
export function ticketCookies(house: House, { ticket, ways, next }: OpenTicket): readonly string[] {
  return [
    writeCookie(house, names.ticket, `${ticket}.${[...ways].join('-')}`, ticketSecs),
    writeCookie(house, names.next, encodeURIComponent(onward(next, house.home)), ticketSecs),
  ]
}

export function endTicket(house: House): readonly string[] {
  return [writeCookie(house, names.ticket, '', 0), writeCookie(house, names.next, '', 0)]
}

export function ticketIn(house: House, request: Request): OpenTicket | undefined {
  const [, ticket, ways] = form.exec(readCookie(house, request, names.ticket) ?? '') ?? []
  return ticket === undefined ? undefined : { ticket, ways: new Set(ways?.split('-')) }
}

/** Where they wanted to go before they were asked to sign in. */
export function nextIn(house: House, request: Request): string | undefined {
  const value = readCookie(house, request, names.next)
  try {
    return value === undefined ? undefined : decodeURIComponent(value)
  } catch {
    return undefined
  }
}

export function writeCookie(house: House, name: string, value: string, ageSecs: number): string {
  const secure = isSecure(house) ? '; Secure' : ''
  return `${nameOf(house, name)}=${value}; Path=/; Max-Age=${ageSecs}; HttpOnly; SameSite=Lax${secure}`
}

export function readCookie(house: House, request: Request, name: string): string | undefined {
  const wanted = `${nameOf(house, name)}=`
  const pairs = (request.headers.get('cookie') ?? '').split(';').map(pair => pair.trim())
  const values = pairs.filter(pair => pair.startsWith(wanted)).map(pair => pair.slice(wanted.length))
  return values.length === 1 ? values[0] : undefined
}

function nameOf(house: House, name: string): string {
  return isSecure(house) ? `__Host-${name}` : name
}

function isSecure({ origin }: House): boolean {
  return origin.startsWith('https:')
}
