import type { OrganizationId } from '../../core/ids.ts'

/** The key at the top, which never leaves where it lives. It wraps the keys of organizations and nothing else. */
export interface RootKey {
  /** Such as `file:root.key#3` or `awskms:alias/upheld`. Stands in every wrapped key, and holds no secret. */
  readonly uri: string
  /** Wraps 32 bytes. `context` is bound to the result: it unwraps with the same bytes only. At most 1 KiB. */
  wrap(key: Uint8Array, context: Uint8Array): Promise<Uint8Array>
  /**
   * @throws kms.denied when the wrapped bytes or the context are not what was wrapped; kms.unreachable after bounded
   *   retries; kms.throttled; kms.key_destroyed
   */
  unwrap(wrapped: Uint8Array, context: Uint8Array): Promise<Uint8Array>
}

/**
 * `pending` is readable everywhere and writes nothing; `active` seals; `decrypt-only` opens what is left;
 * `disabled` does neither and can come back; `destroyed` is a tombstone without a key.
 */
export type KeyState = 'pending' | 'active' | 'decrypt-only' | 'disabled' | 'destroyed'

/**
 * What a key is for: `kek` wraps the others; `table:<label>`, `subject:<id>`, `index`, `objects` and `links` are data
 * keys. At most 200 bytes.
 */
export type KeyDomain = string

/** One wrapped key of one organization. A tombstone has no `wrapped`. */
export interface KeyRecord {
  readonly organization: OrganizationId
  readonly domain: KeyDomain
  /** From 1; one key for each epoch. */
  readonly epoch: number
  /** Eight random bytes as hex: it stands in the header of every envelope. */
  readonly id: string
  readonly state: KeyState
  /** The uri of the root key, or `kek:<id>` of the organization's own. */
  readonly wrappedBy: string
  readonly wrapped?: Buffer
  /** RFC 3339, UTC. */
  readonly madeAt: string
  /** Of a tombstone, which `KeyStore.destroy` leaves: RFC 3339, UTC. */
  readonly destroyedAt?: string
}

/** A place that can still hold a copy of a wrapped key, and until when. */
export interface Holder {
  /** Such as `key folder`, `write-ahead log`, `backups`. */
  readonly store: string
  readonly holds: 'gone' | 'may hold' | 'holds'
  /** RFC 3339; when it is gone by itself. Left out when nobody knows. */
  readonly until?: string
}

/** Where wrapped keys are kept. Every change is compare-and-swap, so that of two who change one wins. */
export interface KeyStore {
  /** All keys of one domain, by epoch; empty when there was never one. */
  list(organization: OrganizationId, domain: KeyDomain): Promise<readonly KeyRecord[]>
  /** Every domain that the organization has keys in. */
  domains(organization: OrganizationId): Promise<readonly KeyDomain[]>
  /** Every organization that a key or a tombstone is kept for, in order: no directory may forget one while its keys are here. */
  organizations(): AsyncIterable<OrganizationId>
  /**
   * A short text that is another one after each `replace` and `destroy`, whoever did it. One cheap read: every process
   * asks it every few seconds, so that a destroyed key leaves its memory.
   */
  changes(): Promise<string>
  /** False when that epoch of that domain is there already; then nothing was changed. */
  add(record: KeyRecord): Promise<boolean>
  /** Replaces `was` by `now`, same organization, domain, epoch and id. False when it is not `was` any more. */
  replace(was: KeyRecord, now: KeyRecord): Promise<boolean>
  /** Leaves a tombstone, overwrites what it can, and says who may still hold a copy of the wrapped bytes. */
  destroy(record: KeyRecord): Promise<readonly Holder[]>
  /** Who may hold a copy of this tombstone's wrapped bytes now. */
  holders(tombstone: KeyRecord): Promise<readonly Holder[]>
}

/** The lowest epoch that still opens, kept where a restored database cannot bring back an older one. */
export interface Floors {
  /** 0 when none was ever raised. */
  read(organization: OrganizationId, domain: KeyDomain): Promise<number>
  /** Never lowers. */
  raise(organization: OrganizationId, domain: KeyDomain, epoch: number): Promise<void>
}

/** What happens to keys, for the record. Never holds a key. */
export interface KeyEvent {
  readonly organization: OrganizationId
  readonly domain: KeyDomain
  readonly epoch: number
  readonly id: string
  readonly what: 'made' | 'activated' | 'retired' | 'rewrapped' | 'floor raised' | 'destroyed' | 'refused below floor'
}

export type OnKeyEvent = (event: KeyEvent) => Promise<void>
