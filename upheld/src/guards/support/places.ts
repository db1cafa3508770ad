import { z } from 'zod'
import { organizationId, type OrganizationId } from '../../core/ids.ts'
import { operatorIn, readRequests, type SupportRequest } from './requests.ts'
import type { SupportPorts } from './ports.ts'

/** A request as the operator's own people see it: where it is, and what it says. */
export interface StaffRequest {
  readonly organizationId: OrganizationId
  readonly organizationName: string
  readonly request: SupportRequest
}

const placeRows = z.array(z.object({ request_id: z.string(), organization_id: z.string() }))

/**
 * Everything that somebody of the operator could have to do something about, newest first, at most 100; what it says is
 * read in each organization, as this person and nobody else. `only`: this request, also when it is over.
 */
export async function staffRequests(
  ports: SupportPorts,
  staffId: string,
  only?: string,
): Promise<readonly StaffRequest[]> {
  if (only !== undefined && !z.uuid().safeParse(only).success) return []
  const { rows } = await ports.database.query(
    `select request_id, organization_id from upheld_identity.support_place
     where case when $2::uuid is null then closes_at > $1 else request_id = $2 end
     order by requested_at desc, request_id limit 100`,
    [ports.clock.now(), only ?? null],
  )
  const places = Map.groupBy(placeRows.parse(rows), place => place.organization_id)
  const found: StaffRequest[] = []
  for (const [id, some] of places) {
    const organization = operatorIn(ports, id, staffId)
    const [account] = await organization.sql<{ name: string }>`select name from upheld_access.account`
    const requests = await readRequests(
      organization,
      some.map(place => place.request_id),
    )
    const organizationName = account?.name ?? ''
    found.push(...requests.map(request => ({ organizationId: organizationId(id), organizationName, request })))
  }
  return found.toSorted((a, b) => b.request.requested_at.getTime() - a.request.requested_at.getTime())
}
