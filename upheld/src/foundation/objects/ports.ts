import type { KeyObject } from 'node:crypto'
import type { OrganizationId } from '../../core/ids.ts'
import type { DataKey } from '../vault/index.ts'

/** Where sealed bytes lie. It sees neither names nor contents in clear, and knows nothing of organizations. */
export interface Blobs {
  /** Such as `folder` or `s3://bucket`. Holds no secret. */
  readonly says: string
  /** All or nothing: a write that fails or is ended leaves no blob. Replaces only when `replace`. False when it is there. */
  put(key: string, bytes: AsyncIterable<Uint8Array>, options?: { readonly replace?: boolean }): Promise<boolean>
  /**
   * Undefined when it is not there. `start` and `end` (exclusive) in bytes of the blob. A reader who stops early, by the
   * iterator's `return`, frees what was open. Fewer bytes than there are is an error, never an early end.
   */
  get(
    key: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<AsyncIterable<Uint8Array> | undefined>
  /** Undefined when it is not there. */
  size(key: string): Promise<number | undefined>
  /** Done as well when it is not there. */
  remove(key: string): Promise<void>
  /** Keys that begin so, in order, in parts. */
  list(prefix: string): AsyncIterable<string>
}

/** What objects need of the vault. */
export interface ObjectVault {
  /** The key that seals now. */
  dataKey(organization: OrganizationId, domain: 'objects' | 'links'): Promise<DataKey>
  /** @throws vault.key_unknown, key_destroyed, key_disabled, version_too_old */
  dataKeyById(organization: OrganizationId, domain: 'objects' | 'links', id: string): Promise<DataKey>
}

/** Ids of every key of an organization's objects that may still open, as the store of keys has them now: the one that seals first. */
export type ObjectKeyIds = (organization: OrganizationId) => Promise<readonly string[]>

/** One key of the deployment that hides what stands in a link. */
export interface LinkKey {
  /** Eight hex digits. */
  readonly id: string
  /** A secret key of 32 random bytes. */
  readonly key: KeyObject
}

/** The first of them makes links, all of them open. May change between two calls: that is how a rotation arrives. */
export interface LinkKeys {
  current(): readonly [LinkKey, ...LinkKey[]]
}
