import type { LinkedObjects } from '../../../index.ts'
import type { Sabotage, TwinWorld } from '../../claims/index.ts'
import { broken, each, watched, type Putting } from '../objects/breaking.ts'
import { collected, type Blobs } from '../objects/hand.ts'

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Blobs that lie in the store as `disguise` makes them, and come back as they were sealed. */
export function disguised(
  source: string,
  name: string,
  says: string,
  disguise: (sealed: Buffer, putting: Putting) => Buffer,
): Sabotage {
  return broken(source, name, says, () => {
    const known = new Map<string, { readonly lying: Buffer; readonly sealed: Buffer }>()
    let next: Putting | undefined
    const blobs = (honest: Blobs): Blobs => {
      const read = async (key: string): Promise<Buffer | undefined> => {
        const bytes = await honest.get(key)
        if (bytes === undefined) return undefined
        const lying = await collected(bytes)
        const one = known.get(key)
        return one?.lying.equals(lying) === true ? one.sealed : lying
      }
      return {
        ...honest,
        async put(key, bytes, options) {
          const sealed = await collected(bytes)
          const lying = next === undefined ? sealed : disguise(sealed, next)
          next = undefined
          known.set(key, { lying, sealed })
          return honest.put(key, only(lying), options)
        },
        async get(key, range) {
          const whole = await read(key)
          return whole === undefined ? undefined : only(whole.subarray(range?.start ?? 0, range?.end ?? whole.length))
        },
        size: async key => (await read(key))?.length,
      }
    }
    return { bend: { blobs }, objects: watched(putting => void (next = putting)) }
  })
}

/** Something that is written besides, whenever an object is put: into the store, or wherever the twin has a place. */
export function beside(
  source: string,
  name: string,
  says: string,
  write: (putting: Putting, store: Blobs, twin: TwinWorld) => Promise<unknown>,
): Sabotage {
  return broken(source, name, says, twin => {
    let store: Blobs | undefined
    return {
      bend: {
        blobs(honest) {
          store = honest
          return honest
        },
      },
      objects: watched(async putting => {
        if (store !== undefined) await write(putting, store, twin)
      }),
    }
  })
}

/** What a reader that is not strict would make of a blob that was changed: its content, and whether it refuses after all. */
type Reading = (raw: Buffer, original: { readonly sealed: Buffer; readonly plain: Buffer }) => Buffer | undefined

/** Objects whose bytes are taken as they come. `late` is a refusal that comes after the bytes. */
export function lenient(source: string, name: string, says: string, reading: Reading, late = false): Sabotage {
  return broken(source, name, says, () => {
    const originals = new Map<string, { readonly key: string; readonly sealed: Buffer; readonly plain: Buffer }>()
    let store: Blobs | undefined
    let written = ''
    const rawOf = async (key: string): Promise<Buffer> => {
      const bytes = await store?.get(key)
      return bytes === undefined ? Buffer.alloc(0) : collected(bytes)
    }
    const blobs = (honest: Blobs): Blobs => {
      store = honest
      return {
        ...honest,
        put(key, bytes, options) {
          written = key
          return honest.put(key, bytes, options)
        },
      }
    }
    const objects = each(own => {
      const place = (name: string): string => JSON.stringify([own.organization, name])
      return {
        async put(name, content, options) {
          const plain = content instanceof Uint8Array ? Buffer.from(content) : await collected(content)
          const facts = await own.put(name, plain, options)
          originals.set(place(name), { key: written, sealed: await rawOf(written), plain })
          return facts
        },
        async get(name, options = {}) {
          const original = originals.get(place(name))
          const raw = original === undefined ? undefined : await rawOf(original.key)
          const read = original === undefined || raw === undefined ? undefined : reading(raw, original)
          if (original === undefined || read === undefined || raw?.equals(original.sealed) === true)
            return own.get(name, options)
          const facts = { name, contentType: 'text/plain', length: read.length, createdAt: new Date(0), version: '' }
          const given = read.subarray(options.range?.start ?? 0, options.range?.end ?? read.length)
          return { facts, bytes: late ? thenRefused(given, () => own.get(name)) : only(given) }
        },
      }
    })
    return { bend: { blobs }, objects }
  })
}

/** The bytes first, and then what an honest reader says of them. */
async function* thenRefused(bytes: Buffer, honest: () => ReturnType<LinkedObjects['get']>): AsyncGenerator<Uint8Array> {
  yield bytes
  await collected((await honest())?.bytes ?? only(Buffer.alloc(0)))
}
