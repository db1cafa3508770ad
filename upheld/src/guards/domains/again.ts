import { z } from 'zod'
import type { Clock } from '../../core/clock.ts'
import { organizationId } from '../../core/ids.ts'
import type { Database } from '../../core/ports.ts'
import type { Tenancy } from '../../foundation/tenancy/index.ts'
import type { DomainPorts } from './domains.ts'

interface AgainPorts extends Pick<DomainPorts, 'resolveTxt'> {
  /** The login of the jobs. */
  readonly database: Database
  /** The same login, bound to one organization at a time. */
  readonly tenancy: Pick<Tenancy, 'organization'>
  readonly clock: Clock
}

const dayMs = 86_400_000
const batchMax = 100
const homes = z.array(z.object({ domain: z.string(), organization_id: z.string() }))

/**
 * Looks once a day whether domains still say whose they are. One that does not any more stays proven until its time is
 * over, as one does whose DNS does not answer.
 */
export async function proveAgain({ database, tenancy, clock, resolveTxt }: AgainPorts): Promise<void> {
  const now = clock.now()
  const { rows } = await database.query(
    `select domain, organization_id from upheld_identity.domain_home
     where proven_at < $1 order by proven_at limit ${batchMax}`,
    [new Date(now.getTime() - dayMs)],
  )
  for (const { domain, organization_id: id } of homes.parse(rows)) {
    const organization = tenancy
      .organization(organizationId(id))
      .as({ type: 'application', id: 'jobs', purpose: 'domains' })
    const [known] = await organization.sql<{ challenge: string }>`
      select challenge from upheld_access.domain where name = ${domain}`
    const texts = await resolveTxt(`_upheld.${domain}`).catch((): readonly string[] => [])
    if (known === undefined || !texts.includes(`upheld-domain=${known.challenge}`)) continue
    await organization.sql`update upheld_access.domain set proven_at = ${now}
      where name = ${domain} and challenge = ${known.challenge}`
  }
}
