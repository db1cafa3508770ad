import { UpheldError } from '../../core/errors.ts'
import { refuse } from './errors.ts'
import type { ObjectFacts } from './layout.ts'
import { blobKeyOf, type Place } from './place.ts'
import type { Blobs } from './ports.ts'
import type { Reach } from './reach.ts'
import { findObject, readContent } from './read.ts'
import { sealObject } from './write.ts'

/**
 * What lies under older keys, sealed again under the newest, one after the other. Each is placed before the old one goes:
 * killed at any moment, it is simply begun again. One that cannot be opened stays where it is; when all others are done,
 * objects.altered says so.
 */
export async function* renewAll(blobs: Blobs, reach: Reach): AsyncGenerator<ObjectFacts, void, undefined> {
  // Not the one that this process remembers: what lies under a newer key would go back under an older one.
  const newest = await reach.newest()
  let altered = 0
  for (const old of await reach.older(newest)) {
    for await (const blobKey of blobs.list(old.prefix)) {
      try {
        const facts = await renewOne(blobs, old, newest, blobKey)
        if (facts !== undefined) yield facts
      } catch (thrown) {
        if (!(thrown instanceof UpheldError) || thrown.code !== 'objects.altered') throw thrown
        altered += 1
      }
    }
  }
  if (altered > 0) throw refuse.altered({ detail: `${altered} of the objects under an older key.` })
}

/**
 * The same object under the newest key: name, type, time and version stay. Where the application has put another one of
 * this name meanwhile, or has removed it, what the application did stands. Undefined when there is none any more.
 */
export async function renewOne(
  blobs: Blobs,
  old: Place,
  newest: Place,
  blobKey: string,
): Promise<ObjectFacts | undefined> {
  const found = await findObject(blobs, old, blobKey)
  if (found === undefined) return undefined
  const { facts } = found.trailer
  const told: ObjectFacts[] = []
  const to = blobKeyOf(newest, facts.name)
  const sealed = sealObject(stillThere(blobs, blobKey, readContent(found, 0, facts.length)), {
    place: newest,
    blobKey: to,
    name: facts.name,
    contentType: facts.contentType,
    createdAt: facts.createdAt,
    version: Buffer.from(facts.version, 'hex'),
    bytesMax: facts.length,
    done: all => void told.push(all),
  })
  try {
    await blobs.put(to, sealed, { replace: false })
  } catch (thrown) {
    if (thrown === removed || (thrown instanceof UpheldError && thrown.code === 'objects.changed')) return undefined
    throw thrown
  }
  await blobs.remove(blobKey)
  return told[0]
}

const removed = new Error('It was removed while it was sealed anew.')

/** Looked at once more when all of it was read: what was removed meanwhile is not brought back. */
async function* stillThere(
  blobs: Blobs,
  blobKey: string,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* content
  if ((await blobs.size(blobKey)) === undefined) throw removed
}
