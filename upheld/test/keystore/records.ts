import { randomBytes } from 'node:crypto'
import type { OrganizationId } from '../../src/core/ids.ts'
import type { KeyRecord } from '../../src/foundation/vault/index.ts'

/** A key as the chain makes one. */
export function recordFor(organization: OrganizationId, domain: string, epoch = 1): KeyRecord & { wrapped: Buffer } {
  return {
    organization,
    domain,
    epoch,
    id: randomBytes(8).toString('hex'),
    state: 'active',
    wrappedBy: 'file:root.key#1',
    wrapped: randomBytes(117),
    madeAt: new Date().toISOString(),
  }
}
