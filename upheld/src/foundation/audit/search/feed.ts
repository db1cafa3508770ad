import type { Organization } from '../../tenancy/index.ts'
import { entryOf, type Entry } from './entry.ts'
import { ownLogs, type OwnLog } from './logs.ts'
import { noteReading } from './search.ts'

/** An organization's logs from their beginning on, for whoever takes all of them away. */
export interface Feed {
  /** The oldest first. */
  logs(): Promise<readonly OwnLog[]>
  /** Entries at `from` and after it, in order, at most `most` of them. */
  entries(log: OwnLog, from: number, most: number): Promise<readonly Entry[]>
  /** The first place whose entry was received then or later: the end of the log when there is none. */
  since(log: OwnLog, at: Date): Promise<number>
}

/**
 * The whole log, through the organization's own handle. That it is taken away is one entry, committed before the first
 * line is given: one for all of it, or what is exported would grow with every look.
 */
export async function exportFeed(
  organization: Organization,
  about: { readonly format: string; readonly to: string },
): Promise<Feed> {
  await organization.transaction(tx => noteReading(tx, 'audit.export', about))
  return Object.freeze({
    logs: () => ownLogs(organization, organization.id),
    async entries({ id }: OwnLog, from: number, most: number) {
      const rows = await organization.sql<{ index: string; bytes: Uint8Array }>`
        select index, bytes from upheld_audit.leaf
        where organization_id = ${organization.id} and log = ${id} and index >= ${from}
        order by index limit ${most}`
      return rows.map(({ index, bytes }) => entryOf(Number(index), bytes))
    },
    async since({ id, size }: OwnLog, at: Date) {
      const [row] = await organization.sql<{ index: string }>`
        select index from upheld_audit.leaf
        where organization_id = ${organization.id} and log = ${id} and received_at >= ${at.toISOString()}
        order by received_at, index limit 1`
      return row === undefined ? size : Number(row.index)
    },
  } satisfies Feed)
}
