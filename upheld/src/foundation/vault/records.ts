import type { OrganizationId } from '../../core/ids.ts'
import { refuseKey } from './chain-errors.ts'
import type { KeyDomain, KeyRecord, KeyState } from './ports.ts'

/** The domain of the keys that wrap the others. */
export const kekDomain: KeyDomain = 'kek'

/** A floor that no epoch reaches: the keys of this domain were destroyed for ever, and no new one is made. */
export const closedFloor = 2_147_483_647

const idForm = /^[0-9a-f]{16}$/
const domainForm = /^[^\p{Cc}\p{Cs}]+$/u

/** @throws vault.bad_domain */
export function dataDomain(domain: KeyDomain): KeyDomain {
  if (domain === kekDomain || Buffer.byteLength(domain) > 200 || !domainForm.test(domain)) throw refuseKey.bad_domain()
  return domain
}

/**
 * What a store gave, by epoch, when all of it belongs there. The state of a key is not authenticated, what it wraps is:
 * a moved or exchanged key does not unwrap.
 * @throws vault.key_foreign
 */
export function checkedRecords(
  records: readonly KeyRecord[],
  organization: OrganizationId,
  domain: KeyDomain,
): readonly KeyRecord[] {
  const sorted = [...records].sort((a, b) => a.epoch - b.epoch)
  for (const [at, record] of sorted.entries()) {
    const belongs = record.organization === organization && record.domain === domain && idForm.test(record.id)
    const counted = Number.isSafeInteger(record.epoch) && record.epoch >= 1 && record.epoch < closedFloor
    if (!belongs || !counted || sorted[at - 1]?.epoch === record.epoch) throw refuseKey.key_foreign({ detail: domain })
  }
  return sorted
}

/** A key with something in it. */
export type LiveRecord = KeyRecord & { readonly wrapped: Buffer }

export function isLive(record: KeyRecord): record is LiveRecord {
  return record.state !== 'destroyed' && record.wrapped !== undefined
}

/** The newest key that seals. Two do for a moment of each rotation. */
export function sealing(records: readonly KeyRecord[]): KeyRecord | undefined {
  return records.findLast(record => record.state === 'active')
}

export function inState(record: KeyRecord, state: KeyState): KeyRecord {
  return { ...record, state }
}
