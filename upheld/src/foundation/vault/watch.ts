import type { Clock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Chain, DataKey } from './chain-port.ts'
import type { Floors, KeyDomain, KeyStore } from './ports.ts'
import { closedFloor, isLive, kekDomain, sealing } from './records.ts'

/** How soon a process that can ask the key store forgets a key that was destroyed or replaced, in ms. */
export const watchEveryMs = 5_000

export interface WatchPorts {
  readonly chain: Chain
  readonly store: KeyStore
  readonly floors: Floors
  readonly clock: Clock
  /** How long a key that was asked for can be in memory, in seconds. */
  readonly memorySecsMax: number
  /** Forgets all keys of an organization. */
  readonly forget: (organization: OrganizationId) => void
  /** At most 60,000. */
  readonly everyMs?: number
}

export interface KeyWatch {
  /** The same chain; what it gives away is watched. */
  readonly chain: Chain
  close(): void
}

interface Given {
  readonly organization: OrganizationId
  readonly domain: KeyDomain
  readonly key: DataKey
  /** Given as the one that seals. */
  readonly seals: boolean
  readonly atMs: number
  /** Looked at since it was given: a key that was destroyed while it was on its way is found by that. */
  looked: boolean
}

/**
 * Looks every few seconds whether a key that is in memory here is still what it was. One cheap read while nothing
 * happens anywhere; after a change, the records of the keys that were given. When the store does not answer, a key goes
 * when its time in memory is over.
 */
export function watchKeys(ports: WatchPorts): KeyWatch {
  const { chain, clock, everyMs = watchEveryMs } = ports
  const given = new Map<string, Given>()
  const stop = new AbortController()
  let seen: string | undefined

  const note = (organization: OrganizationId, domain: KeyDomain, key: DataKey, seals: boolean): DataKey => {
    const name = `${organization} ${domain} ${key.id} ${seals ? 'seals' : 'opens'}`
    given.set(name, { organization, domain, key, seals, atMs: clock.monotonicMs(), looked: false })
    return key
  }
  const look = async (): Promise<void> => {
    const changes = await ports.store.changes()
    const oldestMs = clock.monotonicMs() - ports.memorySecsMax * 1000
    for (const [name, one] of given) {
      if (one.atMs < oldestMs) given.delete(name)
      else if (changes !== seen || !one.looked) {
        const good = await stands(ports, one)
        // Only now: a store that did not answer has not been looked at.
        one.looked = true
        if (good) continue
        given.delete(name)
        ports.forget(one.organization)
      }
    }
    seen = changes
  }
  void watchOver(look, everyMs, stop.signal)
  return Object.freeze({
    chain: Object.freeze({
      active: async (organization: OrganizationId, domain: KeyDomain) =>
        note(organization, domain, await chain.active(organization, domain), true),
      byId: async (organization: OrganizationId, domain: KeyDomain, id: string) =>
        note(organization, domain, await chain.byId(organization, domain, id), false),
      ids: (organization: OrganizationId, domain: KeyDomain) => chain.ids(organization, domain),
    } satisfies Chain),
    close: () => stop.abort(),
  })
}

async function watchOver(look: () => Promise<void>, everyMs: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    await idle(everyMs, signal)
    if (signal.aborted) return
    // A store that does not answer is asked again: until then the time in memory is the bound.
    await look().catch(() => undefined)
  }
}

/** Keeps no process alive. */
function idle(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(done, ms).unref()
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
}

/** Whether this key may still be in memory for what it was given for. */
async function stands({ store, floors }: WatchPorts, { organization, domain, key, seals }: Given): Promise<boolean> {
  const [records, floor, kekFloor] = await Promise.all([
    store.list(organization, domain),
    floors.read(organization, domain),
    floors.read(organization, kekDomain),
  ])
  const record = records.find(({ id }) => id === key.id)
  if (record === undefined || !isLive(record) || record.state === 'disabled' || record.epoch < floor) return false
  if (seals && sealing([...records].sort((a, b) => a.epoch - b.epoch))?.id !== key.id) return false
  return kekFloor < closedFloor
}
