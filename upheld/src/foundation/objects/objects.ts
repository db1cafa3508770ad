import type { Clock } from '../../core/clock.ts'
import { assert } from '../../core/errors.ts'
import type { OrganizationId } from '../../core/ids.ts'
import { refuse } from './errors.ts'
import type { ObjectFacts } from './layout.ts'
import { assertName, plainType } from './names.ts'
import { listObjects } from './list.ts'
import { blobKeyOf } from './place.ts'
import type { Blobs, ObjectKeyIds, ObjectVault } from './ports.ts'
import { firstOf, reachOf, type Reach, type WhichVersion } from './reach.ts'
import { readContent, type Found } from './read.ts'
import { renewAll, renewOne } from './renew.ts'
import { sealObject } from './write.ts'

/** 4 PiB less one byte: what one message may hold. */
const bytesMaxEver = 2 ** 52 - 1

/** A part of an object, in bytes of its content; `end` is exclusive. */
interface Range {
  readonly start: number
  readonly end: number
}

export interface PutOptions {
  /** Such as `image/png`. Kept as it is said: nobody looks into the bytes. */
  readonly contentType: string
  /** True to take the place of an object of this name; otherwise objects.exists. */
  readonly replace?: boolean
  /** Refused as objects.too_large as soon as there is one byte more. */
  readonly bytesMax?: number
}

export interface OpenedObject {
  readonly facts: ObjectFacts
  /** Read once or not at all: nothing is open before the first byte is asked for, or after the reader has stopped. */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** The objects of one organization. No other organization's can be named through it. */
export interface OrganizationObjects {
  readonly organization: OrganizationId
  /**
   * Seals a stream of any length, 16 KiB at a time. It can be seen when all of it is stored, and not before.
   * @throws objects.exists, objects.too_large, objects.bad_name, objects.bad_type; whatever the stream throws
   */
  put(name: string, content: AsyncIterable<Uint8Array> | Uint8Array, options: PutOptions): Promise<ObjectFacts>
  /**
   * Undefined when there is none.
   * @throws objects.altered, objects.changed, objects.bad_range; altered also while it is read, before the bytes in doubt
   */
  get(name: string, options?: WhichVersion & { readonly range?: Range }): Promise<OpenedObject | undefined>
  /** The facts alone; the content is not read, so that it may be altered is not seen. */
  head(name: string, options?: WhichVersion): Promise<ObjectFacts | undefined>
  /** Objects whose name begins so, in no order that means anything. Opens the facts of every object of the organization. */
  list(prefix?: string): AsyncIterable<ObjectFacts>
  /** Done as well when there is none. */
  remove(name: string): Promise<void>
  /** @throws objects.absent, objects.exists */
  copy(from: string, to: string, options?: { readonly replace?: boolean }): Promise<ObjectFacts>
  /**
   * Seals again, under the key that seals now, what lies under older ones; name, time and version stay. Can be ended at any
   * moment and begun again. What does not open stays, and is said when all others are done.
   * @throws objects.altered
   */
  renew(): AsyncIterable<ObjectFacts>
}

export interface ObjectPorts {
  readonly blobs: Blobs
  readonly vault: ObjectVault
  readonly keyIds: ObjectKeyIds
  readonly clock: Clock
}

export function organizationObjects(
  ports: ObjectPorts,
  deployment: string,
  organization: OrganizationId,
): OrganizationObjects {
  const { blobs } = ports
  const reach = reachOf(ports, deployment, organization)
  const put: OrganizationObjects['put'] = (name, content, options) => store(ports, reach, name, content, options)
  const reseal = async (found: Found, to: string, replace: boolean): Promise<ObjectFacts> => {
    const { contentType, length } = found.trailer.facts
    return put(to, readContent(found, 0, length), { contentType, replace })
  }
  return Object.freeze({
    organization,
    put,
    async get(name: string, options: WhichVersion & { readonly range?: Range } = {}) {
      const found = await reach.find(name, options)
      if (found === undefined) return undefined
      const { facts } = found.trailer
      const { start, end } = options.range ?? { start: 0, end: facts.length }
      if (!isRange(start, end, facts.length)) throw refuse.bad_range()
      return Object.freeze({ facts, bytes: readContent(found, start, end) })
    },
    head: async (name: string, options: WhichVersion = {}) => (await reach.find(name, options))?.trailer.facts,
    list: (prefix = '') => listObjects(blobs, () => reach.everywhere(), prefix),
    async remove(name: string) {
      assertName(name)
      for (const at of await reach.everywhere()) await blobs.remove(blobKeyOf(at, name))
    },
    async copy(from: string, to: string, { replace = false } = {}) {
      const found = await reach.find(from)
      if (found === undefined) throw refuse.absent()
      assertName(to)
      return reseal(found, to, replace)
    },
    renew: () => renewAll(blobs, reach),
  })
}

async function store(
  { blobs, clock }: ObjectPorts,
  reach: Reach,
  name: string,
  content: AsyncIterable<Uint8Array> | Uint8Array,
  options: PutOptions,
): Promise<ObjectFacts> {
  assertName(name)
  const contentType = plainType(options.contentType)
  const place = await reach.active()
  const before = await reach.older(place)
  const inOlder = await firstOf(before, async at => blobs.size(blobKeyOf(at, name)))
  if (options.replace !== true && inOlder !== undefined) throw refuse.exists()
  const told: ObjectFacts[] = []
  const sealed = sealObject(streamOf(content), {
    place,
    blobKey: blobKeyOf(place, name),
    name,
    contentType,
    createdAt: clock.now(),
    bytesMax: Math.min(options.bytesMax ?? bytesMaxEver, bytesMaxEver),
    done: facts => void told.push(facts),
  })
  const stored = await blobs.put(blobKeyOf(place, name), sealed, { replace: options.replace === true })
  if (!stored) throw refuse.exists()
  const [facts] = told
  assert(facts !== undefined, 'a blob that was stored was read to its end')
  for (const at of inOlder === undefined ? [] : before) await blobs.remove(blobKeyOf(at, name))
  // It may lie under a key that was replaced meanwhile, while it was long or this process had not heard: nobody would come
  // back for it. A key that still seals after the object is placed is replaced, and then emptied, with the object in it.
  const newest = await reach.newest()
  if (newest.key.id === place.key.id) return facts
  return (await renewOne(blobs, place, newest, blobKeyOf(place, name))) ?? facts
}

async function* streamOf(content: AsyncIterable<Uint8Array> | Uint8Array): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) yield content
  else yield* content
}

function isRange(start: number, end: number, length: number): boolean {
  return Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end && end <= length
}
