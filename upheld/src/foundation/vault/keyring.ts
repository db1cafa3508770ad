import type { KeyObject } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import { refuseKey } from './chain-errors.ts'
import type { Floors, KeyDomain, KeyEvent, KeyRecord, KeyStore, OnKeyEvent, RootKey } from './ports.ts'
import { checkedRecords, closedFloor, isLive, type LiveRecord } from './records.ts'
import { keyOf, unwrapDataKey, unwrapKek, wrapDataKey, wrapKek, type Wrapper } from './wrapping.ts'

/** All that keys are made of and kept in. */
export interface KeyPorts {
  /** Wraps from now on. */
  readonly root: RootKey
  /** Those that wrapped before, until everything has been rewrapped. */
  readonly older?: readonly RootKey[]
  readonly store: KeyStore
  readonly floors: Floors
  /** The name of this installation, 1 to 200 bytes: two that share a root key cannot read each other's keys. */
  readonly deployment: string
  readonly clock: Clock
  /** Told after each step; when it fails, so does the call. */
  readonly onKeyEvent?: OnKeyEvent
}

/** One organization's records of one domain, with the floor below which none of them opens. */
export interface Shelf {
  readonly organization: OrganizationId
  readonly domain: KeyDomain
  readonly records: readonly KeyRecord[]
  readonly floor: number
}

/** Keys as they lie, and how one comes to what is in them. Behind the chain, the rotations and the end of keys. */
export interface Keyring {
  readonly ports: KeyPorts
  shelf(organization: OrganizationId, domain: KeyDomain): Promise<Shelf>
  /** @throws vault.version_too_old, key_destroyed, key_disabled */
  assertOpens(shelf: Shelf, record: KeyRecord): Promise<LiveRecord>
  kek(record: LiveRecord): Promise<Wrapper>
  /** The KEK that wrapped this data key. */
  kekOf(record: LiveRecord, keks: Shelf): Promise<Wrapper>
  data(record: LiveRecord, kek: Wrapper): KeyObject
  /** The same key in a new wrapping. */
  rewrappedKek(record: LiveRecord): Promise<LiveRecord>
  rewrappedData(record: LiveRecord, from: Wrapper, to: Wrapper): LiveRecord
  tell(record: KeyRecord, what: KeyEvent['what']): Promise<void>
}

/** One key that is refused is told once in this time, however often it is asked for. */
const refusedAgainMs = 60_000
const refusedMax = 1_000

export function openKeyring(ports: KeyPorts): Keyring {
  const { store, floors, deployment, root, older = [], clock } = ports
  const roots = [root, ...older]
  const opening = new Map<string, Promise<Wrapper>>()
  const refusedMs = new Map<string, number>()

  const tell = async ({ organization, domain, epoch, id }: KeyRecord, what: KeyEvent['what']): Promise<void> =>
    ports.onKeyEvent?.({ organization, domain, epoch, id, what })

  /** Whatever the listener says, the key stays refused. */
  const alarm = async (record: KeyRecord): Promise<void> => {
    const name = `${record.organization} ${record.domain} ${record.id}`
    const nowMs = clock.monotonicMs()
    if (nowMs - (refusedMs.get(name) ?? -Infinity) < refusedAgainMs) return
    if (refusedMs.size >= refusedMax) refusedMs.clear()
    refusedMs.set(name, nowMs)
    await tell(record, 'refused below floor').catch(() => refusedMs.delete(name))
  }

  const kek = (record: LiveRecord): Promise<Wrapper> => {
    const name = `${record.organization} ${record.id} ${record.wrappedBy} ${record.wrapped.toString('base64')}`
    const asked = opening.get(name)
    if (asked !== undefined) return asked
    const answer = unwrapKek(roots, deployment, record)
      .then(bytes => Object.freeze({ id: record.id, key: keyOf(bytes) }))
      .finally(() => opening.delete(name))
    opening.set(name, answer)
    return answer
  }

  const assertOpens = async (shelf: Shelf, record: KeyRecord): Promise<LiveRecord> => {
    if (record.epoch < shelf.floor && isLive(record)) await alarm(record)
    if (shelf.floor === closedFloor) throw refuseKey.key_destroyed()
    if (record.epoch < shelf.floor) throw refuseKey.version_too_old()
    if (record.state === 'disabled') throw refuseKey.key_disabled()
    if (!isLive(record)) throw refuseKey.key_destroyed()
    return record
  }

  return Object.freeze({
    ports,
    async shelf(organization: OrganizationId, domain: KeyDomain) {
      const [records, floor] = await Promise.all([store.list(organization, domain), floors.read(organization, domain)])
      return { organization, domain, records: checkedRecords(records, organization, domain), floor }
    },
    assertOpens,
    kek,
    async kekOf(record: LiveRecord, keks: Shelf) {
      const found = keks.records.find(one => `kek:${one.id}` === record.wrappedBy)
      if (found === undefined) throw refuseKey.key_foreign({ detail: `${record.domain}: it names no KEK.` })
      return kek(await assertOpens(keks, found))
    },
    data: (record: LiveRecord, by: Wrapper) => keyOf(unwrapDataKey(by, deployment, record)),
    async rewrappedKek(record: LiveRecord) {
      const bytes = await unwrapKek(roots, deployment, record)
      try {
        return { ...record, ...(await wrapKek(root, deployment, record, bytes)) }
      } finally {
        bytes.fill(0)
      }
    },
    rewrappedData(record: LiveRecord, from: Wrapper, to: Wrapper) {
      const bytes = unwrapDataKey(from, deployment, record)
      const wrapped = wrapDataKey(to, deployment, record, bytes)
      bytes.fill(0)
      return { ...record, wrappedBy: `kek:${to.id}`, wrapped }
    },
    tell,
  } satisfies Keyring)
}
