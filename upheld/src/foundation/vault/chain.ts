import { randomBytes } from 'node:crypto'
import type { OrganizationId } from '../../core/ids.ts'
import { refuseKey } from './chain-errors.ts'
import type { Chain, DataKey } from './chain-port.ts'
import { openKeyring, type Keyring, type KeyPorts, type Shelf } from './keyring.ts'
import type { KeyDomain, KeyRecord } from './ports.ts'
import { closedFloor, dataDomain, isLive, kekDomain, sealing, type LiveRecord } from './records.ts'
import { wrapDataKey, wrapKek, type Wrapper } from './wrapping.ts'

const keyBytes = 32
/** Each further round means that somebody else made a step meanwhile. */
const roundsMax = 20

/**
 * The keys of every organization, made when they are first asked for. Of two processes that make the same key one wins,
 * and both get that one. Nothing is kept: whoever asks often keeps what it got.
 */
export function openChain(ports: KeyPorts): Chain {
  const ring = openKeyring(ports)
  return Object.freeze({
    async active(organization: OrganizationId, given: KeyDomain) {
      const domain = dataDomain(given)
      for (let round = 0; round < roundsMax; round++) {
        const keks = await ring.shelf(organization, kekDomain)
        const kek = await newest(ring, keks)
        if (kek === undefined) {
          await makeKek(ring, keks)
          continue
        }
        const shelf = await ring.shelf(organization, domain)
        const record = await newest(ring, shelf)
        if (record !== undefined) return dataKey(ring, record, await ring.kekOf(record, keks))
        const wrapper = await ring.kek(kek)
        if (await makeDataKey(ring, shelf, wrapper)) await keepIfItStands(ring, shelf, wrapper)
      }
      throw refuseKey.key_contended()
    },
    async byId(organization: OrganizationId, given: KeyDomain, id: string) {
      const domain = dataDomain(given)
      const keks = await ring.shelf(organization, kekDomain)
      // An organization without keys any more says so, whatever else its store lost.
      if (keks.floor === closedFloor) await refuseAll(ring, keks)
      const shelf = await ring.shelf(organization, domain)
      if (shelf.floor === closedFloor) await refuseAll(ring, shelf)
      const record = shelf.records.find(one => one.id === id)
      if (record === undefined) throw isLost(shelf) ? refuseKey.keys_lost({ detail: domain }) : refuseKey.key_unknown()
      const live = await ring.assertOpens(shelf, record)
      return dataKey(ring, live, await ring.kekOf(live, keks))
    },
    async ids(organization: OrganizationId, given: KeyDomain) {
      const { records, floor } = await ring.shelf(organization, dataDomain(given))
      return records
        .filter(record => isLive(record) && record.state !== 'disabled' && record.epoch >= floor)
        .map(({ id }) => id)
    },
  } satisfies Chain)
}

function dataKey(ring: Keyring, record: LiveRecord, kek: Wrapper): DataKey {
  return Object.freeze({ id: record.id, epoch: record.epoch, key: ring.data(record, kek) })
}

/** The key of this shelf that seals now; undefined when there was never one. */
async function newest(ring: Keyring, shelf: Shelf): Promise<LiveRecord | undefined> {
  if (shelf.floor === closedFloor) await refuseAll(ring, shelf)
  const record = sealing(shelf.records) ?? shelf.records.at(-1)
  if (record === undefined) {
    if (isLost(shelf)) throw refuseKey.keys_lost({ detail: shelf.domain })
    return undefined
  }
  const live = await ring.assertOpens(shelf, record)
  if (live.state !== 'active') throw refuseKey.key_disabled({ detail: 'None of this domain seals.' })
  return live
}

/** There was a key once, and now there is not even a tombstone. */
function isLost({ records, floor }: Shelf): boolean {
  return records.length === 0 && floor > 0
}

/** A closed shelf. What is alive on it came back from a backup, and that is told. */
async function refuseAll(ring: Keyring, shelf: Shelf): Promise<never> {
  for (const record of shelf.records) if (isLive(record)) await ring.assertOpens(shelf, record)
  throw refuseKey.key_destroyed()
}

function freshRecord(
  ring: Keyring,
  shelf: Shelf,
  state: 'active' | 'pending',
): Omit<KeyRecord, 'wrapped' | 'wrappedBy'> {
  return {
    organization: shelf.organization,
    domain: shelf.domain,
    epoch: (shelf.records.at(-1)?.epoch ?? 0) + 1,
    id: randomBytes(8).toString('hex'),
    state,
    madeAt: ring.ports.clock.now().toISOString(),
  }
}

/** The next KEK of an organization, unless somebody else made it first. */
export async function makeKek(ring: Keyring, shelf: Shelf, state: 'active' | 'pending' = 'active'): Promise<boolean> {
  const { root, store, floors, deployment } = ring.ports
  const bound = freshRecord(ring, shelf, state)
  const bytes = randomBytes(keyBytes)
  const record = { ...bound, ...(await wrapKek(root, deployment, bound, bytes).finally(() => bytes.fill(0))) }
  if (!(await store.add(record))) return false
  await ring.tell(record, 'made')
  // An organization that was ended while we made it a key has none.
  if ((await floors.read(shelf.organization, kekDomain)) === closedFloor) await store.destroy(record)
  // From now on a store without its keys has lost them, and makes no others in silence.
  else if (record.epoch === 1) await floors.raise(shelf.organization, kekDomain, 1)
  return true
}

/** The next data key of a domain, unless somebody else made it first. */
export async function makeDataKey(
  ring: Keyring,
  shelf: Shelf,
  kek: Wrapper,
  state: 'active' | 'pending' = 'active',
): Promise<boolean> {
  const { store, floors, deployment } = ring.ports
  const bound = freshRecord(ring, shelf, state)
  const bytes = randomBytes(keyBytes)
  const wrapped = wrapDataKey(kek, deployment, bound, bytes)
  bytes.fill(0)
  const record = { ...bound, wrappedBy: `kek:${kek.id}`, wrapped }
  if (!(await store.add(record))) return false
  await ring.tell(record, 'made')
  // As for a KEK. Not for persons: there are too many for a line each, and what was theirs is refused, not replaced.
  if (record.epoch === 1 && !record.domain.startsWith('subject:'))
    await floors.raise(record.organization, record.domain, 1)
  return true
}

/**
 * A new data key is used only when what it stands on is still there after it was put down: whoever ends the
 * organization, or changes its KEK, either sees the new key or is seen here.
 */
async function keepIfItStands(ring: Keyring, { organization, domain }: Shelf, kek: Wrapper): Promise<void> {
  const [keks, shelf] = await Promise.all([ring.shelf(organization, kekDomain), ring.shelf(organization, domain)])
  const made = shelf.records.at(-1)
  if (made === undefined || !isLive(made) || made.wrappedBy !== `kek:${kek.id}`) return
  if (keks.floor === closedFloor || shelf.floor === closedFloor) {
    await ring.ports.store.destroy(made)
    return
  }
  const now = sealing(keks.records)
  if (now === undefined || !isLive(now) || now.id === kek.id) return
  await ring.ports.store.replace(made, ring.rewrappedData(made, kek, await ring.kek(now)))
}
