import type { Statements } from '../../tenancy/index.ts'

/** One of an organization's logs. Without harm to the database it has one. */
export interface OwnLog {
  readonly id: string
  readonly origin: string
  readonly size: number
  /** Leaves below were pruned under the organization's own policy. */
  readonly minimumIndex: number
  /** When its head was signed. */
  readonly signedAt: Date
}

/** The oldest first. None before the first entry was logged. */
export async function ownLogs({ query }: Pick<Statements, 'query'>, organizationId: string): Promise<OwnLog[]> {
  // Anchor logs are there for everybody; an organization's own carry its name.
  const rows = await query(
    `select id, origin, size, minimum_index, signed_at from upheld_audit.log
     where organization_id = $1 order by upheld_audit.log.id`,
    [organizationId],
  )
  return rows.map(row => ({
    id: String(row['id']),
    origin: String(row['origin']),
    size: Number(row['size']),
    minimumIndex: Number(row['minimum_index']),
    signedAt: new Date(String(row['signed_at'])),
  }))
}
