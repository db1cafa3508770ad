import type { KeyObject } from 'node:crypto'
import type { OrganizationId } from '../../core/ids.ts'
import type { KeyDomain } from './ports.ts'

/** An unwrapped data key. It lives in memory only; `KeyObject` prints nothing of what is in it. */
export interface DataKey {
  /** Eight bytes as 16 hex digits: what stands in the header of every envelope sealed with it. */
  readonly id: string
  /** From 1. */
  readonly epoch: number
  /** A secret key of 32 bytes. */
  readonly key: KeyObject
}

/** The keys of every organization, unwrapped at each call: whoever asks often keeps what it got, within the bounds of `cache.ts`. */
export interface Chain {
  /**
   * The key that seals now. The first call for an organization makes its keys.
   * @throws key.destroyed; whatever the root key throws (kms.unreachable, kms.throttled, kms.denied)
   */
  active(organization: OrganizationId, domain: KeyDomain): Promise<DataKey>
  /**
   * The key with this id, when it may still open.
   * @throws key.unknown; key.destroyed; key.disabled; key.version_too_old; whatever the root key throws
   */
  byId(organization: OrganizationId, domain: KeyDomain, id: string): Promise<DataKey>
  /** Ids of the keys that may still open, in no order. Empty before the first was made. */
  ids(organization: OrganizationId, domain: KeyDomain): Promise<readonly string[]>
}
