import type { Clock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import { isOwnAddress } from '../../core/web.ts'
import type { Tenancy } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import type { ActingMember } from './keys.ts'

/** Pages of a customer that visitors' tokens may be used on. */
export interface Origins {
  /** @throws keys.bad_request when it is not written as a browser sends it, keys.too_many */
  add(organization: OrganizationId, by: ActingMember, origin: string): Promise<void>
  /** Tokens for that page are refused from then on. @throws keys.not_found */
  remove(organization: OrganizationId, by: ActingMember, origin: string): Promise<void>
  list(organization: OrganizationId): Promise<readonly string[]>
  /** Whether this is one of them, as the header `Origin` has it. One statement; none for what is no origin. */
  has(organization: OrganizationId, origin: string | null): Promise<boolean>
}

const originsMax = 100

/**
 * Whether a text is exactly one origin as a browser sends it (RFC 6454 section 6.2): https anywhere, http on this
 * machine alone. No wildcard, no path, no default port, no `null`; a name beyond ASCII in its xn-- form.
 */
function isOrigin(text: string): boolean {
  if (text.length > 255 || !/^https?:\/\/[a-z0-9.:[\]-]+$/.test(text) || !URL.canParse(text)) return false
  const { origin, hostname } = new URL(text)
  return origin === text && !hostname.endsWith('.') && isOwnAddress(text)
}

/** The origin of a page that may let visitors in. @throws keys.origin_unknown */
export async function registeredOrigin(
  tenancy: Pick<Tenancy, 'organization'>,
  id: OrganizationId,
  origin: string | null,
): Promise<string> {
  if (origin === null || !(await isRegistered(tenancy, id, origin))) throw refuse.origin_unknown()
  return origin
}

async function isRegistered(
  tenancy: Pick<Tenancy, 'organization'>,
  id: OrganizationId,
  origin: string,
): Promise<boolean> {
  if (!isOrigin(origin)) return false
  const rows = await tenancy.organization(id).sql`
    select origin from upheld_access.visitor_origin where organization_id = ${id} and origin = ${origin}`
  return rows.length > 0
}

export function origins({
  tenancy,
  clock,
}: {
  readonly tenancy: Pick<Tenancy, 'organization'>
  readonly clock: Clock
}): Origins {
  const acting = (id: OrganizationId, by: ActingMember) =>
    tenancy.organization(id).as({
      type: 'member',
      id: by.memberId,
      purpose: 'visitor-origins',
      ...(by.request === undefined ? {} : { request: by.request }),
    })
  return Object.freeze({
    async add(organization: OrganizationId, by: ActingMember, origin: string) {
      if (!isOrigin(origin)) throw refuse.bad_request({ detail: 'An origin is written https://www.example.com.' })
      await acting(organization, by).transaction(async tx => {
        await tx.sql`select from upheld_access.account where organization_id = ${organization} for no key update`
        await tx.sql`
          insert into upheld_access.visitor_origin (organization_id, origin, added_by, created_at)
          values (${organization}, ${origin}, ${by.memberId}, ${clock.now()}) on conflict do nothing`
        const [row] = await tx.sql<{ many: boolean }>`
          select count(*) > ${originsMax} as many from upheld_access.visitor_origin where organization_id = ${organization}`
        if (row?.many !== false) throw refuse.too_many({ detail: `At most ${originsMax}.` })
      })
    },
    async remove(organization: OrganizationId, by: ActingMember, origin: string) {
      const rows = await acting(organization, by).sql`
        delete from upheld_access.visitor_origin where organization_id = ${organization} and origin = ${origin} returning origin`
      if (rows.length === 0) throw refuse.not_found()
    },
    async list(organization: OrganizationId) {
      const rows = await tenancy.organization(organization).sql<{ origin: string }>`
        select origin from upheld_access.visitor_origin where organization_id = ${organization} order by origin`
      return rows.map(row => row.origin)
    },
    has: async (organization: OrganizationId, origin: string | null) =>
      origin !== null && (await isRegistered(tenancy, organization, origin)),
  } satisfies Origins)
}
