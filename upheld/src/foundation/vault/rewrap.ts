import type { OrganizationId } from '../../core/ids.ts'
import { UpheldError } from '../../core/errors.ts'
import { refuseKey } from './chain-errors.ts'
import { forEach, type Pace } from './crowd.ts'
import { openKeyring, type Keyring, type KeyPorts } from './keyring.ts'
import { isOfOneKey } from './rotate.ts'
import { isLive, kekDomain, type LiveRecord } from './records.ts'

export interface Rewrapped {
  readonly organizations: number
  /** Keys that are under the current root key now and were not before. */
  readonly rewrapped: number
  /** Those that were there already. */
  readonly already: number
  /** Keys that could not be rewrapped, and why: a code. Until this is empty no older root key may be destroyed. */
  readonly failed: readonly { readonly organization: OrganizationId; readonly code: string }[]
  /** False when it was stopped before the last. */
  readonly complete: boolean
}

const triesMax = 10

/**
 * Puts every KEK of every organization under the current root key. No data key and no row is touched. Stopped or killed
 * anywhere it is simply called again: what is done stays done. Of two that do it at once each key is done by one.
 */
export async function rewrapRoot(ports: KeyPorts, pace: Pace = {}): Promise<Rewrapped> {
  const ring = openKeyring(ports)
  const failed: { organization: OrganizationId; code: string }[] = []
  const count = { organizations: 0, rewrapped: 0, already: 0 }
  const complete = await forEach(ports.store.organizations(), pace, async organization => {
    try {
      const { rewrapped, already } = await rewrapKeks(ring, organization)
      count.rewrapped += rewrapped
      count.already += already
    } catch (thrown) {
      if (!(thrown instanceof UpheldError) || !isOfOneKey(thrown)) throw thrown
      failed.push({ organization, code: thrown.code })
    }
    count.organizations += 1
    pace.onProgress?.({ says: 'organizations under the current root key', done: count.organizations })
  })
  return { ...count, failed, complete }
}

async function rewrapKeks(
  ring: Keyring,
  organization: OrganizationId,
): Promise<{ readonly rewrapped: number; readonly already: number }> {
  const { root } = ring.ports
  const count = { rewrapped: 0, already: 0 }
  const { records, floor } = await ring.shelf(organization, kekDomain)
  for (const record of records) {
    // What is below the floor came back from a backup: it gets no new life.
    if (record.epoch < floor || !isLive(record)) continue
    if (record.wrappedBy === root.uri) count.already += 1
    else if (await rewrapOne(ring, record)) count.rewrapped += 1
  }
  return count
}

async function rewrapOne(ring: Keyring, first: LiveRecord): Promise<boolean> {
  let record = first
  for (let tries = 0; tries < triesMax; tries++) {
    const now = await ring.rewrappedKek(record)
    if (await ring.ports.store.replace(record, now)) {
      await ring.tell(now, 'rewrapped')
      return true
    }
    const { records } = await ring.shelf(record.organization, kekDomain)
    const found = records.find(one => one.id === record.id)
    if (found === undefined || !isLive(found) || found.wrappedBy === ring.ports.root.uri) return false
    record = found
  }
  throw refuseKey.key_contended()
}
