import type { House } from './ports.ts'

const name = 'organization'
const ageSecs = 90 * 86_400
const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The organization that this browser is in. It is no secret and gives nothing: each request is let in anew. */
export function current(house: House, request: Request): string | undefined {
  const id = house.cookies.readOther(request, name)
  return id !== undefined && form.test(id) ? id : undefined
}

export function currentCookie(house: House, organizationId: string): string {
  return house.cookies.setOther(name, organizationId, ageSecs)
}

export function endCurrent(house: House): string {
  return house.cookies.setOther(name, '', 0)
}
