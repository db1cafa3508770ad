import type { House } from '../ports.ts'

const flowSecs = 300

/** Ties a question for a passkey to the browser that it was put to. */
export function flowCookie(house: House, flow: string): string {
  return house.cookies.setOther('passkey', flow, flowSecs)
}

export function flowIn(house: House, request: Request): string | undefined {
  return house.cookies.readOther(request, 'passkey')
}
