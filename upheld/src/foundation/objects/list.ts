import type { ObjectFacts } from './layout.ts'
import type { Place } from './place.ts'
import type { Blobs } from './ports.ts'
import { findObject } from './read.ts'

/** Facts that are asked for at once. */
const atOnceMax = 8

/**
 * The facts of every object in these places whose name begins so. One that is removed meanwhile is left out.
 * @throws objects.altered for a blob that was put among them, or that was changed: a list that leaves it out would hide it
 */
export async function* listObjects(
  blobs: Blobs,
  places: () => Promise<readonly Place[]>,
  prefix: string,
): AsyncGenerator<ObjectFacts, void, undefined> {
  for (const place of await places()) {
    const asked: Promise<ObjectFacts | undefined>[] = []
    for await (const blobKey of blobs.list(place.prefix)) {
      const facts = findObject(blobs, place, blobKey).then(found => found?.trailer.facts)
      // A reader who stops early leaves it to itself; one who goes on meets the failure below.
      facts.catch(() => undefined)
      asked.push(facts)
      if (asked.length === atOnceMax) yield* begins(await asked.shift(), prefix)
    }
    for (const facts of asked) yield* begins(await facts, prefix)
  }
}

function* begins(facts: ObjectFacts | undefined, prefix: string): Generator<ObjectFacts, void, undefined> {
  if (facts?.name.startsWith(prefix) === true) yield facts
}
