import { createHash } from 'node:crypto'
import type { ObjectFacts } from '../../../index.ts'
import type { Sabotage } from '../../claims/index.ts'
import { broken, each, watched, type Putting } from '../objects/breaking.ts'
import { collected, type Blobs } from '../objects/hand.ts'

const source = import.meta.url

/** Objects that lie under keys of somebody's own making. */
export function renamed(name: string, says: string, rename: (key: string, putting: Putting) => string): Sabotage {
  return broken(source, name, says, () => {
    const names = new Map<string, string>()
    let next: Putting | undefined
    const at = (key: string): string => names.get(key) ?? key
    const blobs = (honest: Blobs): Blobs => ({
      ...honest,
      put(key, bytes, options) {
        if (next !== undefined) names.set(key, rename(key, next))
        next = undefined
        return honest.put(at(key), bytes, options)
      },
      get: (key, range) => honest.get(at(key), range),
      size: key => honest.size(at(key)),
      remove: key => honest.remove(at(key)),
      async *list(prefix) {
        const made = new Set(names.values())
        for (const key of names.keys())
          if (key.startsWith(prefix) && (await honest.size(at(key))) !== undefined) yield key
        for await (const key of honest.list(prefix)) if (!made.has(key)) yield key
      },
    })
    return { bend: { blobs }, objects: watched(putting => void (next = putting)) }
  })
}

interface Sealed {
  readonly organization: string
  readonly name: string
  readonly facts: ObjectFacts
  readonly plain: Buffer
  /** The blob as it was written. */
  readonly raw: Buffer
}

/**
 * The store as it would be if less were sealed into a blob: what was put elsewhere opens here too, when `allows` says so.
 * `part` is what of the blob is looked at.
 */
function forgiving(
  name: string,
  says: string,
  allows: (asked: Pick<Sealed, 'organization' | 'name'>, sealed: Sealed, raw: Buffer) => boolean,
  part: (raw: Buffer) => Buffer = whole => whole,
): Sabotage {
  return broken(source, name, says, () => {
    const byBytes = new Map<string, Sealed>()
    const keys = new Map<string, string>()
    // One for each platform that is open: a hand may be in any of them.
    const stores: Blobs[] = []
    let written = ''
    const digest = (raw: Buffer): string => createHash('sha256').update(part(raw)).digest('hex')
    const lying = (key: string): Promise<readonly Buffer[]> =>
      Promise.all(
        stores.map(async store => {
          const bytes = await store.get(key)
          return bytes === undefined ? Buffer.alloc(0) : collected(bytes)
        }),
      )
    const blobs = (honest: Blobs): Blobs => {
      stores.push(honest)
      return {
        ...honest,
        put(key, bytes, options) {
          written = key
          return honest.put(key, bytes, options)
        },
      }
    }
    const objects = each(own => ({
      async put(name, content, options) {
        const plain = content instanceof Uint8Array ? Buffer.from(content) : await collected(content)
        const facts = await own.put(name, plain, options)
        keys.set(JSON.stringify([own.organization, name]), written)
        for (const raw of await lying(written))
          byBytes.set(digest(raw), { organization: own.organization, name, facts, plain, raw })
        return facts
      },
      async get(name, options) {
        const { organization } = own
        const key = keys.get(JSON.stringify([organization, name]))
        for (const raw of key === undefined ? [] : await lying(key)) {
          const sealed = byBytes.get(digest(raw))
          if (sealed === undefined || (sealed.organization === organization && sealed.name === name)) continue
          if (allows({ organization, name }, sealed, raw)) return { facts: sealed.facts, bytes: only(sealed.plain) }
        }
        return own.get(name, options)
      },
    }))
    return { bend: { blobs }, objects }
  })
}

async function* only(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export const storeSabotages: readonly Sabotage[] = [
  renamed(
    'key-from-name',
    'a blob lies under the SHA-256 of its name',
    (key, { name }) => `${prefixOf(key)}/${sha256(name)}`,
  ),
  renamed(
    'key-from-organization-and-name',
    'a blob lies under a hash of organization and name that everybody can compute',
    (_, { organization, name }) => sha256(`blob|${organization}|${sha256(name)}`),
  ),
  renamed(
    'prefix-for-all',
    'the blobs of all organizations lie in one folder',
    key => `all/${key.slice(prefixOf(key).length + 1)}`,
  ),
  renamed('prefix-is-the-organization', 'the folder of a blob is the id of its organization', (key, { organization }) =>
    key.replace(prefixOf(key), organization),
  ),
  forgiving(
    'organization-not-sealed',
    'a blob is sealed for its name, and opens in every organization',
    (asked, sealed) => asked.name === sealed.name,
  ),
  forgiving(
    'name-not-sealed',
    'a blob is sealed for its organization, and opens under each of its names',
    (asked, sealed) => asked.organization === sealed.organization,
  ),
  forgiving(
    'content-not-sealed',
    'the facts of a blob are sealed for its place, and its content is not',
    (_, sealed, raw) => !raw.equals(sealed.raw),
    raw => raw.subarray(0, -4096),
  ),
]

function prefixOf(key: string): string {
  return key.split('/')[0] ?? ''
}
