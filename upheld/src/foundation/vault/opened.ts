import type { Clock } from '../../core/clock.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Address } from '../../core/ports.ts'
import { headerBytes } from './address.ts'
import { cobblestone } from './chunked.ts'
import { recent } from './recent.ts'
import type { Secret } from './secret.ts'

/** How long an opened secret is kept at most, and never longer than its key. */
const openedTtlMs = 60_000
const secretsMax = 1_000
/** Of an envelope; what is larger is opened each time. */
const bytesMax = 1_024
/** Of kv1: where the salt of an envelope ends. */
const saltEnd = headerBytes + cobblestone.salt

/** Secrets that were opened a moment ago. */
interface OpenedCache {
  /** The same envelope, byte for byte, at the same address: then it would open to the same. */
  get(organization: OrganizationId, address: Address, envelope: Buffer): Secret | undefined
  /** Counts what was forgotten: what was opened before must not be put after. */
  readonly forgotten: () => number
  set(organization: OrganizationId, address: Address, envelope: Buffer, secret: Secret, untilMs: number): void
  forget(organization: OrganizationId): void
  clear(): void
}

interface Entry {
  readonly organization: OrganizationId
  readonly address: Address
  readonly envelope: Buffer
  readonly secret: Secret
  readonly untilMs: number
}

export function openedCache(clock: Clock): OpenedCache {
  const entries = recent<number, Entry>(secretsMax)
  let forgotten = 0
  return Object.freeze({
    get(organization, address, envelope) {
      if (envelope.length > bytesMax) return undefined
      const entry = entries.get(nameOf(envelope))
      if (entry === undefined || clock.monotonicMs() >= entry.untilMs) return undefined
      const same = entry.organization === organization && isSame(entry.address, address)
      return same && entry.envelope.equals(envelope) ? entry.secret : undefined
    },
    forgotten: () => forgotten,
    set(organization, { table, column, row, subject, revision }, envelope, secret, untilMs) {
      if (envelope.length > bytesMax) return
      // The words as they are now: whoever holds the object can still change it.
      const words = { ...(subject === undefined ? {} : { subject }), ...(revision === undefined ? {} : { revision }) }
      entries.set(nameOf(envelope), {
        organization,
        address: { table, column, row, ...words },
        envelope: Buffer.from(envelope),
        secret,
        untilMs: Math.min(untilMs, clock.monotonicMs() + openedTtlMs),
      })
    },
    forget(organization) {
      forgotten++
      entries.drop(entry => entry.organization === organization)
    },
    clear() {
      forgotten++
      entries.clear()
    },
  } satisfies OpenedCache)
}

/**
 * Four random bytes of its salt. All of an envelope is compared before anything is given away: two of the same name only
 * take turns. A text of all bytes, or a digest, costs more than everything else that is done for a secret that is here.
 */
function nameOf(envelope: Buffer): number {
  return envelope.length < saltEnd ? 0 : envelope.readInt32LE(saltEnd - 4)
}

function isSame(a: Address, b: Address): boolean {
  return (
    a.row === b.row &&
    a.table === b.table &&
    a.column === b.column &&
    a.subject === b.subject &&
    a.revision === b.revision
  )
}
