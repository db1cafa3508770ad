import { noteReading } from './foundation/audit/search/index.ts'
import type { Organization } from './foundation/tenancy/index.ts'
import { auditSource, writeAuditBundle } from './proof/bundle/index.ts'

export interface BundleOptions {
  /** Told after every 256 entries. */
  readonly onProgress?: (entries: number, size: number) => void
}

/**
 * The organization's whole audit log as one archive, in pieces of at most some megabytes, for `upheld verify` and for
 * any other tool that reads C2SP logs. That it is taken away is an entry of the log, committed before the first piece.
 * @throws what `auditSource` and `writeAuditBundle` throw
 */
export async function* auditBundle(organization: Organization, options: BundleOptions = {}): AsyncGenerator<Buffer> {
  const source = await auditSource(organization)
  await organization.transaction(tx => noteReading(tx, 'audit.export', { format: 'bundle' }))
  yield* writeAuditBundle(source, options)
}
