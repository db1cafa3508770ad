import type { Clock } from '../../core/clock.ts'
import type { UpheldError } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Tenancy } from '../../foundation/tenancy/index.ts'
import { refuse } from './errors.ts'
import type { VisitorKeys } from './visitor-keys.ts'
import { parseToken, readToken, type VisitorBody } from './visitor-token.ts'

/** What a request of a page brings, as it came. */
export interface VisitorRequest {
  readonly authorization: string | null
  /** The header `Origin`. A request without one is refused. */
  readonly origin: string | null
  /** Whose widget this is, when the address says so: a token of another organization is refused then. */
  readonly organization?: OrganizationId
  readonly request?: string
}

/** How far the clocks of two of our hosts may be apart. */
const skewSecs = 60

/** A token that is believed, or why it is not. One statement; first the signature, then what was signed. */
export async function check(
  { tenancy, clock }: { readonly tenancy: Pick<Tenancy, 'organization'>; readonly clock: Clock },
  keys: Pick<VisitorKeys, 'opened'>,
  { authorization, origin, organization }: VisitorRequest,
): Promise<UpheldError | { readonly id: OrganizationId; readonly body: VisitorBody }> {
  if (authorization === null) return refuse.visitor_missing()
  const token = parseToken(/^bearer (\S+)$/i.exec(authorization)?.[1] ?? '')
  if (token === undefined) return refuse.visitor_unknown()
  const id = token.organizationId
  const at = clock.now()
  const [row] = await tenancy.organization(id).sql<{ secret: string; registered: boolean }>`
    select encode(k.secret, 'hex') as secret, exists (select from upheld_access.visitor_origin o
      where o.organization_id = ${id} and o.origin = ${origin}) as registered
    from upheld_access.visitor_key k
    where k.organization_id = ${id} and k.version = ${token.version} and k.ends_at > ${at}`
  const secret = row === undefined ? undefined : await keys.opened(id, token.version, row.secret)
  const body = secret === undefined ? undefined : readToken(token, secret)
  if (row === undefined || body === undefined) return refuse.visitor_unknown()
  const nowSecs = Math.floor(at.getTime() / 1000)
  if (body.ends <= nowSecs || body.made > nowSecs + skewSecs) return refuse.visitor_expired()
  if (organization !== undefined && organization !== id) return refuse.visitor_other_organization()
  if (origin === null || origin !== body.origin || !row.registered) return refuse.visitor_other_origin()
  return { id, body }
}
