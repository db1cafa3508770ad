import type { Bend } from '../../../custody.ts'
import type { LinkedObjects, Objects } from '../../../index.ts'
import type { Sabotage, TwinWorld, World } from '../../claims/index.ts'
import { sabotage } from '../breaking.ts'

/** What somebody broke: parts below the objects, and the objects themselves. */
interface Breaking {
  readonly bend?: Bend
  readonly objects?: (honest: Objects) => Objects
}

/** The twin with objects that were changed in their code: for whoever opens the platform, and for its pages alike. */
async function withObjects(twin: TwinWorld, { bend = {}, objects = same => same }: Breaking): Promise<World> {
  const open: World['open'] = (options = {}) => {
    const platform = twin.open({ ...options, bend: over(bend, options.bend) })
    return Object.freeze({ ...platform, objects: objects(platform.objects) })
  }
  const platform = open({ connectionsMax: 1 })
  twin.defer(() => platform.close())
  const origin = await twin.serve(
    page => page,
    (request, answer) => {
      const linked = new URL(request.url).pathname.startsWith(platform.objects.linkPath)
      return linked ? platform.objects.serve(request) : answer(request)
    },
  )
  return { ...twin, open, origin: async () => origin }
}

/** What a probe does to the disk lies below what was broken in the code. */
function over(broken: Bend, given: Bend = {}): Bend {
  const { blobs, vault } = given
  return {
    ...given,
    ...broken,
    blobs(honest) {
      const below = blobs?.(honest) ?? honest
      return broken.blobs?.(below) ?? below
    },
    vault(honest) {
      const below = vault?.(honest) ?? honest
      return broken.vault?.(below) ?? below
    },
  }
}

/** A sabotage of the code; `breaking` is asked anew for each twin. */
export function broken(source: string, name: string, says: string, breaking: (twin: TwinWorld) => Breaking): Sabotage {
  return sabotage(source, { name, says, apply: async twin => withObjects(twin, breaking(twin)) })
}

/** Every organization's objects, changed. */
export function each(
  change: (own: LinkedObjects, all: Objects) => Partial<LinkedObjects>,
): NonNullable<Breaking['objects']> {
  return honest => ({
    ...honest,
    of(organization) {
      const own = honest.of(organization)
      return Object.freeze({ ...own, ...change(own, honest) })
    },
  })
}

/** What was put last, for a part that sees only its sealed bytes. */
export interface Putting {
  readonly organization: string
  readonly name: string
  readonly contentType: string
  readonly plain: Buffer
}

/** Tells a broken store what it is that comes to it sealed. */
export function watched(tell: (putting: Putting) => Promise<void> | void): NonNullable<Breaking['objects']> {
  return each(own => ({
    async put(name, content, options) {
      const pieces: Uint8Array[] = []
      for await (const piece of content instanceof Uint8Array ? [content] : content) pieces.push(Buffer.from(piece))
      const plain = Buffer.concat(pieces)
      await tell({ organization: own.organization, name, contentType: options.contentType, plain })
      return own.put(name, plain, options)
    },
  }))
}
