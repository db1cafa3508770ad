import { organizationId, type OrganizationId } from '../../../core/ids.ts'
import type { UpheldError } from '../../../core/errors.ts'
import { refuse } from '../errors.ts'
import type { House } from '../ports.ts'
import type { PlainHeaders } from './json.ts'

/** What every answer carries that depends on the page that asks: no cache may give one page's answer to another. */
export const vary: PlainHeaders = { vary: 'origin' }
/** How long a browser may keep the answer to its preflight. */
const preflightSecs = 300

/** A request of a page, and whose widget its address says that it is: `?organization=…`. */
interface FromPage {
  readonly organization: OrganizationId
  readonly origin: string
  /** For every answer to that page (Fetch standard, CORS protocol): its own origin, never `*`, never with cookies. */
  readonly headers: PlainHeaders
}

/**
 * A page that its organization registered. A preflight carries no token, so that the organization stands in the address.
 * To all other pages no header says anything, and the browser shows them nothing.
 */
export async function fromPage(house: House, request: Request): Promise<FromPage | UpheldError> {
  const origin = request.headers.get('origin')
  const named = new URL(request.url).searchParams.getAll('organization')
  const organization = named.length === 1 ? idIn(named[0] ?? '') : undefined
  if (organization === undefined) return refuse.no_organization()
  if (origin === null || !(await house.origins.has(organization, origin))) return refuse.other_page()
  return { organization, origin, headers: { ...vary, 'access-control-allow-origin': origin } }
}

/** The answer to a browser that asks whether a page may ask (`OPTIONS`). */
export async function preflight(house: House, request: Request, methods: string): Promise<Response> {
  const page = await fromPage(house, request)
  if ('code' in page) return new Response(null, { status: 403, headers: vary })
  return new Response(null, {
    status: 204,
    headers: {
      ...page.headers,
      'access-control-allow-methods': methods,
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-max-age': String(preflightSecs),
    },
  })
}

function idIn(text: string): OrganizationId | undefined {
  try {
    return organizationId(text)
  } catch {
    return undefined
  }
}
