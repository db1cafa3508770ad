import type { House } from './ports.ts'
import { readCookie, writeCookie } from './ticket.ts'

const flowSecs = 300

/** Ties a question for a passkey to the browser that it was put to. */
export function flowCookie(house: House, flow: string): string {
  return writeCookie(house, 'passkey', flow, flowSecs)
}

export function flowIn(house: House, request: Request): string | undefined {
  return readCookie(house, request, 'passkey')
}
