import { onward } from '../paths.ts'
import type { House } from '../ports.ts'

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
    house.cookies.setOther(names.ticket, `${ticket}.${[...ways].join('-')}`, ticketSecs),
    house.cookies.setOther(names.next, encodeURIComponent(onward(next, house.home)), ticketSecs),
  ]
}

export function endTicket(house: House): readonly string[] {
  return [house.cookies.setOther(names.ticket, '', 0), house.cookies.setOther(names.next, '', 0)]
}

export function ticketIn(house: House, request: Request): OpenTicket | undefined {
  const [, ticket, ways] = form.exec(house.cookies.readOther(request, names.ticket) ?? '') ?? []
  return ticket === undefined ? undefined : { ticket, ways: new Set(ways?.split('-')) }
}

/** Where they wanted to go before they were asked to sign in. */
export function nextIn(house: House, request: Request): string | undefined {
  const value = house.cookies.readOther(request, names.next)
  try {
    return value === undefined ? undefined : decodeURIComponent(value)
  } catch {
    return undefined
  }
}
