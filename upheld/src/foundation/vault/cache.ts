import { randomInt } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Chain, DataKey } from './chain-port.ts'
import type { KeyDomain } from './ports.ts'
import { recent } from './recent.ts'

/** How long a key is kept in memory at most: after that it is asked for again, or nothing opens. */
export const keyTtlMs = 300_000
/** Each key is kept up to a fifth shorter, so that those that came together do not go together. */
const jitter = 0.2
/** So long before its end a key is asked for anew, while it still serves. */
const graceMs = 30_000
/** After a failure nobody asks for the same key again so long. */
const pauseMs = 1_000
/** Keys, unwrapped, of all organizations. */
const keysMax = 10_000

/** A key, and until when it may be used, by the monotonic clock. */
interface Kept {
  readonly key: DataKey
  readonly untilMs: number
}

/** The chain, with what it gave kept for a while. What is here already comes without a promise. */
interface KeyCache {
  active(organization: OrganizationId, domain: KeyDomain): Kept | Promise<Kept>
  byId(organization: OrganizationId, domain: KeyDomain, id: string): Kept | Promise<Kept>
  forget(organization: OrganizationId): void
  clear(): void
}

interface Slot {
  readonly organization: OrganizationId
  kept: Kept | undefined
  /** From when on it is asked for anew. */
  refreshMs: number
  flight: Promise<Kept> | undefined
  failure: { readonly thrown: unknown; readonly untilMs: number } | undefined
}

interface Wanted {
  readonly organization: OrganizationId
  readonly name: string
  readonly ask: () => Promise<DataKey>
  /** What it is called when it is asked for by its id. */
  readonly nameOf?: (key: DataKey) => string
}

/**
 * One flight for each key, however many wait for it. When the chain fails, a key that is here serves to its end, and
 * then its failure is passed on. When it refuses (a status below 500: destroyed, disabled, too old), the key is gone at
 * once.
 */
export function keyCache(chain: Chain, clock: Clock): KeyCache {
  const slots = recent<string, Slot>(keysMax)

  function find(wanted: Wanted): Kept | Promise<Kept> {
    const nowMs = clock.monotonicMs()
    const known = slots.get(wanted.name)
    if (known?.kept !== undefined && nowMs < known.kept.untilMs) {
      const waits = known.failure !== undefined && nowMs < known.failure.untilMs
      // Nobody waits for this one, so nobody is told of its failure: whoever comes after the end is.
      if (nowMs >= known.refreshMs && known.flight === undefined && !waits)
        void fly(known, wanted).catch(() => undefined)
      return known.kept
    }
    const slot = known ?? emptySlot(wanted.organization)
    if (known === undefined) slots.set(wanted.name, slot)
    slot.kept = undefined
    if (slot.flight !== undefined) return slot.flight
    if (slot.failure !== undefined && nowMs < slot.failure.untilMs)
      return failing(slot.failure.thrown, slot.failure.untilMs - nowMs)
    return fly(slot, wanted)
  }

  function fly(slot: Slot, wanted: Wanted): Promise<Kept> {
    slot.flight = land(slot, wanted).finally(() => (slot.flight = undefined))
    return slot.flight
  }

  async function land(slot: Slot, { organization, name, ask, nameOf }: Wanted): Promise<Kept> {
    // From before it was asked for: what the chain said was true then.
    const askedMs = clock.monotonicMs()
    try {
      const key = await ask()
      const ttlMs = keyTtlMs - randomInt(keyTtlMs * jitter)
      slot.kept = Object.freeze({ key, untilMs: askedMs + ttlMs })
      slot.refreshMs = askedMs + ttlMs - graceMs
      slot.failure = undefined
      // The key that seals opens as well, unless it was forgotten on its way.
      if (nameOf !== undefined && slots.get(name) === slot)
        slots.set(nameOf(key), { ...emptySlot(organization), kept: slot.kept, refreshMs: slot.refreshMs })
      return slot.kept
    } catch (thrown) {
      if (isRefusal(thrown)) slot.kept = undefined
      slot.failure = { thrown, untilMs: clock.monotonicMs() + pauseMs }
      throw passedOn(thrown, pauseMs)
    }
  }

  const nameById = (organization: OrganizationId, domain: KeyDomain, id: string): string =>
    `opens ${organization} ${id.length} ${id} ${domain}`

  return Object.freeze({
    active(organization, domain) {
      return find({
        organization,
        name: `seals ${organization} ${domain}`,
        ask: () => chain.active(organization, domain),
        nameOf: ({ id }) => nameById(organization, domain, id),
      })
    },
    byId(organization, domain, id) {
      const name = nameById(organization, domain, id)
      return find({ organization, name, ask: () => chain.byId(organization, domain, id) })
    },
    forget(organization) {
      slots.drop(slot => slot.organization === organization)
    },
    clear: () => slots.clear(),
  } satisfies KeyCache)
}

function emptySlot(organization: OrganizationId): Slot {
  return { organization, kept: undefined, refreshMs: 0, flight: undefined, failure: undefined }
}

function isRefusal(thrown: unknown): boolean {
  return thrown instanceof UpheldError && thrown.status < 500
}

async function failing(thrown: unknown, retryAfterMs: number): Promise<never> {
  throw passedOn(thrown, retryAfterMs)
}

/** The same code, and when it is worth asking again. */
function passedOn(thrown: unknown, retryAfterMs: number): unknown {
  if (!(thrown instanceof UpheldError) || isRefusal(thrown)) return thrown
  const { code, status, publicMessage, mend, detail } = thrown
  return new UpheldError(
    code,
    { status, public: publicMessage, ...(mend === undefined ? {} : { mend }) },
    { ...(detail === undefined ? {} : { detail }), cause: thrown, retryAfterMs: Math.ceil(retryAfterMs) },
  )
}
