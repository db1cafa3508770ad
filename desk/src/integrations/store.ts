import { randomUUID } from 'node:crypto'
import { blindIndex, sealed, type Organization, type Sealed } from 'upheld'

export const services = ['shopify', 'woocommerce', 'prestashop', 'magento'] as const

const table = 'desk.integration'
const column = 'credential'

/** The label of the sealed column, for whoever may open it. */
export const credentialLabel = `${table}.${column}`

export interface Integration {
  readonly id: string
  readonly service: (typeof services)[number]
  readonly label: string
  readonly merchant_name: string
  readonly connected_by_name: string
  readonly created_at: Date
}

export function listIntegrations(organization: Organization): Promise<Integration[]> {
  return organization.sql<Integration>`
    select
      integration.id, integration.service, integration.label, merchant.name as merchant_name,
      member.name as connected_by_name, integration.created_at
    from desk.integration
    join desk.merchant on merchant.organization_id = integration.organization_id and merchant.id = integration.merchant_id
    join desk.member on member.organization_id = integration.organization_id and member.id = integration.connected_by
    order by integration.created_at desc, integration.id
    limit 200`
}

interface NewIntegration {
  readonly merchantId: string
  readonly service: Integration['service']
  readonly label: string
  readonly credential: string
  readonly connectedBy: string
}

/** Undefined when this very credential is connected already. */
export async function connect(
  organization: Pick<Organization, 'id' | 'sql'>,
  given: NewIntegration,
): Promise<string | undefined> {
  const id = randomUUID()
  const [row] = await organization.sql<{ id: string }>`
    insert into desk.integration (
      organization_id, id, merchant_id, service, label, credential, credential_index, connected_by
    )
    values (
      ${organization.id}, ${id}, ${given.merchantId}, ${given.service}, ${given.label},
      ${sealed({ table, column, row: id }, given.credential)}, ${blindIndex({ table, column }, given.credential)},
      ${given.connectedBy}
    )
    on conflict (organization_id, credential_index) do nothing
    returning id`
  return row?.id
}

/** The credential in clear, for an actor who may open it. That it was opened stands in the audit log. */
export async function revealCredential(
  organization: Organization,
  id: string,
): Promise<{ readonly label: string; readonly credential: string } | undefined> {
  const rows =
    await organization.sql<SealedIntegration>`select id, label, credential from desk.integration where id = ${id}`
  const [row] = await organization.open(rows)
  return row && { label: row.label, credential: row.credential.reveal() }
}

interface SealedIntegration {
  readonly id: string
  readonly label: string
  readonly credential: Sealed
}

export async function disconnect(organization: Organization, id: string): Promise<boolean> {
  const gone = await organization.sql`delete from desk.integration where id = ${id} returning id`
  return gone.length === 1
}
