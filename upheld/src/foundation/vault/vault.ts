import { randomBytes } from 'node:crypto'
import { systemClock, type Clock } from '../../core/clock.ts'
import { UpheldError } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import type { Address } from '../../core/ports.ts'
import { placeOf } from './address.ts'
import { blindIndexOf, type IndexedColumn } from './blind-index.ts'
import { openBudget, type Budget } from './budget.ts'
import { keyCache } from './cache.ts'
import type { Chain, DataKey } from './chain-port.ts'
import { cobblestone } from './chunked.ts'
import { keyIdOf, openEnvelope, sealEnvelope, valueBytesMax } from './envelope.ts'
import { refuse } from './errors.ts'
import { openedCache } from './opened.ts'
import { indexKeysOf } from './index-keys.ts'
import type { KeyDomain } from './ports.ts'
import { secretOf, type Secret } from './secret.ts'

/** Seals values for their place, and opens them there and nowhere else. */
export interface Vault {
  /** @throws vault.bad_address, bad_value, too_large, budget_spent; what the chain throws */
  seal(organization: OrganizationId, address: Address, value: string | Uint8Array): Promise<Buffer>
  /** @throws vault.denied, not_sealed, unknown_version, bad_address, too_large; what the chain throws */
  open(organization: OrganizationId, address: Address, envelope: Uint8Array): Promise<Secret>
  /** 16 bytes to find a value by. @throws vault.bad_index, bad_value; what the chain throws */
  blindIndex(organization: OrganizationId, column: IndexedColumn, value: string): Promise<Buffer>
  /**
   * Every digest that the value may stand under: while the key of indexes is being replaced there are two.
   * @throws vault.bad_index, bad_value; what the chain throws
   */
  blindIndexes(organization: OrganizationId, column: IndexedColumn, value: string): Promise<readonly Buffer[]>
  /** The key that seals now. */
  dataKey(organization: OrganizationId, domain: KeyDomain): Promise<DataKey>
  dataKeyById(organization: OrganizationId, domain: KeyDomain, id: string): Promise<DataKey>
  /** Nothing of this organization is in memory any more. Other processes forget it within 300 seconds by themselves. */
  forget(organization: OrganizationId): void
  /** Forgets everything and refuses from then on. */
  close(): void
}

export interface VaultPorts {
  readonly chain: Chain
  /** The name of this installation, as the chain has it. */
  readonly deployment: string
  readonly clock?: Clock
  /** Told once when a key has sealed 2^45 values: rotate it. */
  readonly onBudgetWarning?: (keyId: string) => void
  /** How many values a key has sealed before this process began. Left out: what others sealed is not counted. */
  readonly sealedBefore?: (keyId: string) => number
}

/** Keys and opened secrets are kept for a while, as `cache.ts` and `opened.ts` say. */
export function openVault(ports: VaultPorts): Vault {
  const { chain, deployment, clock = systemClock } = ports
  const keys = keyCache(chain, clock)
  const opened = openedCache(clock)
  const budget = budgetOf(ports)
  const indexKeys = indexKeysOf(chain, keys, clock)
  const salt = salts(clock)
  let closed = false

  const whileOpen = (): void => {
    if (closed) throw refuse.closed()
  }

  async function openCold(organization: OrganizationId, address: Address, envelope: Buffer): Promise<Secret> {
    whileOpen()
    const place = placeOf(deployment, organization, address)
    const keyId = keyIdOf(envelope)
    const forgotten = opened.forgotten()
    const found = keys.byId(organization, place.domain, keyId)
    const { key, untilMs } = found instanceof Promise ? await found.catch(foreign) : found
    const secret = secretOf(openEnvelope(key, place, envelope))
    if (opened.forgotten() === forgotten) opened.set(organization, address, envelope, secret, untilMs)
    return secret
  }

  return Object.freeze({
    async seal(organization, address, value) {
      whileOpen()
      const bytes = bytesOf(value)
      const place = placeOf(deployment, organization, address)
      const found = keys.active(organization, place.domain)
      const { key } = found instanceof Promise ? await found : found
      budget.spend(key.id, bytes.length)
      return sealEnvelope(key, place, bytes, salt())
    },
    async open(organization, address, envelope) {
      const bytes = bufferOf(envelope)
      return opened.get(organization, address, bytes) ?? openCold(organization, address, bytes)
    },
    async blindIndex(organization, column, value) {
      whileOpen()
      const found = keys.active(organization, 'index')
      return blindIndexOf((found instanceof Promise ? await found : found).key, column, value)
    },
    async blindIndexes(organization, column, value) {
      whileOpen()
      return (await indexKeys.all(organization)).map(key => blindIndexOf(key, column, value))
    },
    async dataKey(organization, domain) {
      whileOpen()
      return (await keys.active(organization, domain)).key
    },
    async dataKeyById(organization, domain, id) {
      whileOpen()
      return (await keys.byId(organization, domain, id)).key
    },
    forget(organization) {
      keys.forget(organization)
      opened.forget(organization)
      indexKeys.forget(organization)
    },
    close() {
      closed = true
      keys.clear()
      opened.clear()
    },
  } satisfies Vault)
}

function budgetOf({ onBudgetWarning = () => undefined, sealedBefore = () => 0 }: VaultPorts): Budget {
  return openBudget({ onWarning: onBudgetWarning, already: sealedBefore })
}

/** A key that this organization does not have: then the value is another's, or none at all. */
function foreign(thrown: unknown): never {
  if (thrown instanceof UpheldError && thrown.code === 'vault.key_unknown') throw refuse.denied({ cause: thrown })
  throw thrown
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value !== 'string') throw refuse.bad_value({ detail: 'It is neither.' })
  if (value.length > valueBytesMax) throw refuse.too_large()
  if (!value.isWellFormed()) throw refuse.bad_value({ detail: 'It holds half of a character.' })
  return Buffer.from(value, 'utf8')
}

function bufferOf(envelope: unknown): Buffer {
  if (Buffer.isBuffer(envelope)) return envelope
  if (!(envelope instanceof Uint8Array)) throw refuse.not_sealed()
  return Buffer.from(envelope.buffer, envelope.byteOffset, envelope.byteLength)
}

/** Salts that are asked for at once: one call for each costs more than all the rest of the randomness. */
const saltsAtOnce = 128
/** What was not used by then is thrown away, so that little of it can be in a copy of this process. */
const saltsAgeMsMax = 1_000

/** Fresh salts. Every process and every thread has its own. */
function salts(clock: Clock): () => Buffer {
  let pool = Buffer.alloc(0)
  let at = 0
  let filledMs = 0
  return () => {
    if (at === pool.length || clock.monotonicMs() - filledMs > saltsAgeMsMax) {
      pool = randomBytes(saltsAtOnce * cobblestone.salt)
      at = 0
      filledMs = clock.monotonicMs()
    }
    return pool.subarray(at, (at += cobblestone.salt))
  }
}
