import type { Clock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import { refuseKey } from './chain-errors.ts'
import { makeDataKey, makeKek } from './chain.ts'
import { untilMs } from './crowd.ts'
import type { Keyring, Shelf } from './keyring.ts'
import type { KeyDomain, KeyRecord } from './ports.ts'
import { closedFloor, inState, isLive, kekDomain, sealing } from './records.ts'

// One key takes the place of another in steps that each can be the last before a loss of power: pending, so that every
// process can read it; active, two for a moment, of which the newer seals; then the older one opens and seals no more.

const triesMax = 20
/** What two clocks may differ. */
const skewMs = 5_000

/** One domain of one organization whose key is being changed. */
export interface Turn {
  readonly organization: OrganizationId
  readonly domain: KeyDomain
}

/**
 * Makes sure that a key younger than `since` is on its way or there: of two processes that begin at once exactly one
 * makes it. Undefined when there is nothing to change: no keys yet, or none any more.
 */
export async function prepare(ring: Keyring, turn: Turn, since: string): Promise<KeyRecord | undefined> {
  for (let tries = 0; tries < triesMax; tries++) {
    const shelf = await ring.shelf(turn.organization, turn.domain)
    const newest = shelf.records.at(-1)
    if (newest === undefined || shelf.floor === closedFloor || newest.state === 'destroyed') return undefined
    const live = await ring.assertOpens(shelf, newest)
    if (live.state === 'pending' || Date.parse(live.madeAt) >= Date.parse(since)) return live
    await makeNext(ring, shelf)
  }
  throw refuseKey.key_contended()
}

async function makeNext(ring: Keyring, shelf: Shelf): Promise<void> {
  if (shelf.domain === kekDomain) {
    await makeKek(ring, shelf, 'pending')
    return
  }
  const keks = await ring.shelf(shelf.organization, kekDomain)
  const kek = sealing(keks.records)
  if (kek === undefined) throw refuseKey.key_destroyed()
  await makeDataKey(ring, shelf, await ring.kek(await ring.assertOpens(keks, kek)), 'pending')
}

/** How long a pending key is still to be left alone, by the clocks of whoever made it and ours. */
export function settlingMs(clock: Clock, record: KeyRecord, settleMs: number): number {
  return record.state === 'pending' ? untilMs(clock, record.madeAt, settleMs + (settleMs === 0 ? 0 : skewMs)) : 0
}

/** The pending key seals from now on, and those before it only open. Called again after a kill, it goes on. */
export async function activate(ring: Keyring, turn: Turn, settleMs: number): Promise<void> {
  for (let tries = 0; tries < triesMax; tries++) {
    const { records } = await ring.shelf(turn.organization, turn.domain)
    const step = nextStep(ring.ports.clock, records, settleMs)
    if (step === undefined) return
    if (await ring.ports.store.replace(step.was, inState(step.was, step.state))) {
      await ring.tell(step.was, step.state === 'active' ? 'activated' : 'retired')
    }
  }
  throw refuseKey.key_contended()
}

function nextStep(
  clock: Clock,
  records: readonly KeyRecord[],
  settleMs: number,
): { readonly was: KeyRecord; readonly state: 'active' | 'decrypt-only' } | undefined {
  const pending = records.findLast(({ state }) => state === 'pending')
  if (pending !== undefined && settlingMs(clock, pending, settleMs) === 0) return { was: pending, state: 'active' }
  const active = sealing(records)
  const older = records.find(({ state, epoch }) => state === 'active' && epoch < (active?.epoch ?? 0))
  return older === undefined ? undefined : { was: older, state: 'decrypt-only' }
}

/** The keys before the one that seals which still hold something. */
export function outgoing({ records }: Shelf): readonly KeyRecord[] {
  const active = sealing(records)
  return active === undefined ? [] : records.filter(record => record.epoch < active.epoch && isLive(record))
}

/**
 * Ends the older keys: first the floor rises, so that none of them opens again, whatever backup it comes from; then
 * they go. The caller has seen that nothing needs them.
 */
export async function endOlder(ring: Keyring, turn: Turn): Promise<number> {
  const shelf = await ring.shelf(turn.organization, turn.domain)
  const active = sealing(shelf.records)
  const older = outgoing(shelf)
  if (active === undefined || older.length === 0) return 0
  if (shelf.floor < active.epoch) {
    await ring.ports.floors.raise(turn.organization, turn.domain, active.epoch)
    await ring.tell(active, 'floor raised')
  }
  for (const record of older) {
    await ring.ports.store.destroy(record)
    await ring.tell(record, 'destroyed')
  }
  return older.length
}
