import { z } from 'zod'
import { organizationId } from '../../core/ids.ts'
import type { Holder, KeyRecord } from '../../foundation/vault/index.ts'
import { refuse } from './errors.ts'
import { isDomain } from './names.ts'

export const epochMax = 2 ** 31 - 1
/** A root key in the cloud wraps 32 bytes in a few hundred. */
const wrappedBytesMax = 4096

const fields = z
  .strictObject({
    organization: z.string(),
    domain: z.string(),
    epoch: z.int().min(1).max(epochMax),
    id: z.string().regex(/^[0-9a-f]{16}$/),
    state: z.enum(['pending', 'active', 'decrypt-only', 'disabled', 'destroyed']),
    wrappedBy: z.string().min(1).max(1000),
    wrapped: z
      .instanceof(Uint8Array)
      .refine(({ length }) => length > 0 && length <= wrappedBytesMax)
      .optional(),
    madeAt: z.iso.datetime(),
    destroyedAt: z.iso.datetime().optional(),
  })
  .refine(one => (one.state === 'destroyed') === (one.wrapped === undefined))
  .refine(one => (one.state === 'destroyed') === (one.destroyedAt !== undefined))

/** The record, frozen, with bytes of its own; undefined when it is none. */
export function asRecord(value: unknown): KeyRecord | undefined {
  const parsed = fields.safeParse(value)
  if (!parsed.success) return undefined
  const { wrapped, destroyedAt, ...rest } = parsed.data
  if (!isOrganization(rest.organization) || !isDomain(rest.domain)) return undefined
  return Object.freeze({
    ...rest,
    organization: organizationId(rest.organization),
    ...(wrapped === undefined ? {} : { wrapped: Buffer.from(wrapped) }),
    ...(destroyedAt === undefined ? {} : { destroyedAt }),
  })
}

export function isOrganization(text: string): boolean {
  try {
    organizationId(text)
    return true
  } catch {
    return false
  }
}

/**
 * What a caller gives to be kept. A tombstone is made by `destroy` alone.
 * @throws keystore.bad_record
 */
export function assertRecord(record: KeyRecord): void {
  if (asRecord(record) === undefined || record.state === 'destroyed') throw refuse.bad_record()
}

export function assertSameKey(was: KeyRecord, now: KeyRecord): void {
  const same = was.organization === now.organization && was.domain === now.domain
  if (!same || was.epoch !== now.epoch || was.id !== now.id) {
    throw refuse.bad_record({ detail: 'A key keeps its organization, domain, epoch and id.' })
  }
}

export function equalRecords(a: KeyRecord, b: KeyRecord): boolean {
  if (a.organization !== b.organization || a.domain !== b.domain || a.epoch !== b.epoch || a.id !== b.id) return false
  if (a.state !== b.state || a.wrappedBy !== b.wrappedBy || Date.parse(a.madeAt) !== Date.parse(b.madeAt)) return false
  return Buffer.compare(a.wrapped ?? Buffer.alloc(0), b.wrapped ?? Buffer.alloc(0)) === 0
}

export function tombstoneOf(record: KeyRecord, destroyedAt: string): KeyRecord {
  const { organization, domain, epoch, id, wrappedBy, madeAt } = record
  return Object.freeze({ organization, domain, epoch, id, state: 'destroyed', wrappedBy, madeAt, destroyedAt })
}

/** Something that keeps copies for some days after a key is destroyed. Not given: nobody knows how long. */
export function keptFor(store: string, destroyedAt: string, days: number | undefined, now: Date): Holder {
  if (days === undefined) return Object.freeze({ store, holds: 'may hold' })
  const until = new Date(Date.parse(destroyedAt) + days * 86_400_000)
  return until <= now
    ? Object.freeze({ store, holds: 'gone' })
    : Object.freeze({ store, holds: 'may hold', until: until.toISOString() })
}
