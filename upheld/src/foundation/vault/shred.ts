import type { OrganizationId } from '../../core/ids.ts'
import { openKeyring, type Keyring, type KeyPorts } from './keyring.ts'
import type { Holder, KeyDomain, KeyRecord } from './ports.ts'
import { closedFloor, isLive, kekDomain } from './records.ts'

export interface Shredding {
  readonly organization: OrganizationId
  /** Only what is known of this person. Left out: everything of the organization. */
  readonly subject?: string
}

export interface ShredPorts extends KeyPorts {
  /** Tells the vault of this process. Others learn it within the bound of `watchKeys`, at the latest when a key's time in memory is over. */
  readonly forget: (organization: OrganizationId) => void
  /** The longest time that any process keeps a key in memory, in seconds. */
  readonly memorySecsMax: number
  /** Takes away blind indexes that were made from values of these keys, by which a guess could still be tried. Left out: there are none. */
  readonly clearIndexes?: (organization: OrganizationId, keyIds: readonly string[]) => Promise<number>
}

export interface Shredded {
  /** `destroyed` only when no place is left that may still hold a wrapped key. */
  readonly state: 'destroyed' | 'pending'
  /** When the last place that is known to forget has forgotten. Left out when nobody knows of one of them, or nothing is left. */
  readonly until?: string
  readonly keys: number
  /** With those that were destroyed before. 0: there was never one, and an id that was mistyped looks so. */
  readonly known: number
  readonly indexes: number
  /** Every place, the worst of its answers. */
  readonly holders: readonly Holder[]
}

/**
 * Destroys the keys of an organization or of one person. First the door is closed, so that no process makes or opens a
 * key any more; then the keys go. Asked again it finishes what was cut off, and looks again who may hold a copy: a
 * `pending` of today can be a `destroyed` of later.
 */
export async function shred(ports: ShredPorts, shredding: Shredding): Promise<Shredded> {
  const ring = openKeyring(ports)
  const { organization, subject } = shredding
  const closed = subject === undefined ? kekDomain : `subject:${subject}`
  await ports.floors.raise(organization, closed, closedFloor)
  ports.forget(organization)
  const domains = subject === undefined ? await domainsOf(ring, organization) : [closed]
  const records: KeyRecord[] = []
  for (const domain of domains) records.push(...(await endAll(ring, organization, domain)))
  // A key that was just being made when the door closed is here now, or its maker sees the closed door.
  for (const domain of domains) await endAll(ring, organization, domain)
  ports.forget(organization)
  const ended = await recordsOf(ring, organization, domains)
  // A tombstone keeps the id of its key, and so tells which rows it sealed, also when this is asked again.
  const keyIds = ended.map(({ id }) => id)
  const indexes = keyIds.length === 0 ? 0 : ((await ports.clearIndexes?.(organization, keyIds)) ?? 0)
  const holders = [...(await holdersOf(ring, ended)), memory(ports, ended)]
  return { ...judged(holders, ports.clock.now()), keys: records.length, known: ended.length, indexes }
}

interface ShredPlan {
  readonly keys: number
  /** With those that were destroyed before. */
  readonly known: number
  readonly domains: readonly KeyDomain[]
  readonly holders: readonly Holder[]
}

/** What a shredding would do, and to how many keys. Changes nothing. */
export async function planShred(ports: KeyPorts, { organization, subject }: Shredding): Promise<ShredPlan> {
  const ring = openKeyring(ports)
  const domains = subject === undefined ? await domainsOf(ring, organization) : [`subject:${subject}`]
  const records = await recordsOf(ring, organization, domains)
  const holders = worst(await holdersOf(ring, records))
  return { keys: records.filter(isLive).length, known: records.length, domains, holders }
}

/** The KEK before all others: when it is gone, they are as good as gone. */
async function domainsOf(ring: Keyring, organization: OrganizationId): Promise<readonly KeyDomain[]> {
  const domains = await ring.ports.store.domains(organization)
  return [kekDomain, ...domains.filter(domain => domain !== kekDomain)]
}

async function endAll(ring: Keyring, organization: OrganizationId, domain: KeyDomain): Promise<readonly KeyRecord[]> {
  const { records } = await ring.shelf(organization, domain)
  const live = records.filter(isLive)
  for (const record of live) {
    await ring.ports.store.destroy(record)
    await ring.tell(record, 'destroyed')
  }
  return live
}

async function recordsOf(
  ring: Keyring,
  organization: OrganizationId,
  domains: readonly KeyDomain[],
): Promise<readonly KeyRecord[]> {
  const shelves = await Promise.all(domains.map(domain => ring.shelf(organization, domain)))
  return shelves.flatMap(({ records }) => records)
}

async function holdersOf(ring: Keyring, records: readonly KeyRecord[]): Promise<readonly Holder[]> {
  return (await Promise.all(records.map(record => ring.ports.store.holders(record)))).flat()
}

/** A process that cannot ask the key store keeps a key until its time in memory is over. */
function memory({ clock, memorySecsMax }: ShredPorts, records: readonly KeyRecord[]): Holder {
  const last = Math.max(
    0,
    ...records.map(({ destroyedAt }) => (destroyedAt === undefined ? 0 : Date.parse(destroyedAt))),
  )
  const until = new Date(last + memorySecsMax * 1000)
  const store = 'memory of running processes'
  return last === 0 || until <= clock.now()
    ? { store, holds: 'gone' }
    : { store, holds: 'may hold', until: until.toISOString() }
}

/** One answer for each place: the one that promises least. */
function worst(holders: readonly Holder[]): readonly Holder[] {
  const places = new Map<string, Holder>()
  for (const holder of holders) {
    const known = places.get(holder.store)
    if (known === undefined || rank(holder) > rank(known)) places.set(holder.store, holder)
  }
  return [...places.values()]
}

/** Whoever holds for longer, or for nobody knows how long, counts for more. */
function rank({ holds, until }: Holder): number {
  if (holds === 'gone') return -1
  return until === undefined ? Infinity : Date.parse(until)
}

function judged(all: readonly Holder[], now: Date): Pick<Shredded, 'state' | 'until' | 'holders'> {
  const holders = worst(all).map(holder =>
    rank(holder) <= now.getTime() ? { store: holder.store, holds: 'gone' as const } : holder,
  )
  const left = holders.filter(({ holds }) => holds !== 'gone')
  if (left.length === 0) return { state: 'destroyed', holders }
  const last = Math.max(...left.map(rank))
  return { state: 'pending', holders, ...(last === Infinity ? {} : { until: new Date(last).toISOString() }) }
}
