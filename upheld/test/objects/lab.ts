import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { floorsFile, keyFolder } from '../../src/adapters/keystore/index.ts'
import { ensureRootKey } from '../../src/adapters/kms/index.ts'
import { folderBlobs } from '../../src/adapters/objects/folder/index.ts'
import { linkKeyFile } from '../../src/adapters/objects/link-keys/index.ts'
import { systemClock, type Clock } from '../../src/core/clock.ts'
import { newOrganizationId } from '../../src/core/ids.ts'
import {
  openObjects,
  sealingFirst,
  type Blobs,
  type GuestBook,
  type LinkedObjects,
  type LinkKeys,
  type Objects,
  type ObjectVault,
} from '../../src/foundation/objects/index.ts'
import { openChain, openVault, type KeyPorts } from '../../src/foundation/vault/index.ts'

/** What was asked of a store of blobs. */
interface Asked {
  readonly verb: 'put' | 'get' | 'size' | 'remove' | 'list'
  readonly key: string
  readonly range?: { readonly start: number; readonly end: number } | undefined
}

interface Changed {
  readonly deployment?: string
  readonly blobs?: Blobs
  readonly clock?: Clock
  readonly guests?: GuestBook
}

/** Objects over real keys in files and a real folder. */
export interface Lab {
  readonly folder: string
  readonly blobs: Blobs
  readonly objects: Objects
  readonly vault: ObjectVault
  readonly keyPorts: KeyPorts
  readonly linkKeyPath: string
  readonly linkKeys: LinkKeys
  readonly asked: Asked[]
  /** Readers of blobs that have neither come to their end nor been stopped. */
  readonly open: () => number
  readonly alpha: LinkedObjects
  readonly beta: LinkedObjects
  /** The same files, read by somebody else: another deployment, a newer process. */
  again(change: Changed): Objects
  close(): void
}

export async function openLab(given: { readonly clock?: Clock; readonly blobs?: Blobs } = {}): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-sealed-'))
  const clock = given.clock ?? systemClock
  const keyPorts: KeyPorts = {
    root: ensureRootKey(join(folder, 'root.key'), clock),
    store: keyFolder(join(folder, 'keys'), clock),
    floors: floorsFile(join(folder, 'floors'), clock),
    deployment: 'lab',
    clock,
  }
  const asked: Asked[] = []
  const readers = new Set<symbol>()
  const blobs = counted(given.blobs ?? (await folderBlobs({ path: join(folder, 'objects') })), asked, readers)
  const linkKeyPath = join(folder, 'links.key')
  const linkKeys = linkKeyFile(linkKeyPath, clock)
  const vaults: { close(): void }[] = []
  const over = (
    deployment: string,
    under: Blobs,
    at: Clock,
    guests?: GuestBook,
  ): { objects: Objects; vault: ObjectVault } => {
    const vault = openVault({ chain: openChain({ ...keyPorts, clock: at }), deployment, clock: at })
    vaults.push(vault)
    const keyIds: Parameters<typeof openObjects>[0]['keyIds'] = async organization =>
      sealingFirst(await keyPorts.store.list(organization, 'objects'))
    const ports = { blobs: under, vault, keyIds, clock: at, linkKeys, ...(guests === undefined ? {} : { guests }) }
    return { vault, objects: openObjects(ports, { deployment }) }
  }
  const { objects, vault } = over('lab', blobs, clock)
  return Object.freeze({
    folder,
    blobs,
    objects,
    vault,
    keyPorts,
    linkKeyPath,
    linkKeys,
    asked,
    open: () => readers.size,
    alpha: objects.of(newOrganizationId()),
    beta: objects.of(newOrganizationId()),
    again: (change: Changed) =>
      over(change.deployment ?? 'lab', change.blobs ?? blobs, change.clock ?? clock, change.guests).objects,
    close() {
      for (const one of vaults) one.close()
      rmSync(folder, { recursive: true })
    },
  })
}

/** The store itself, and a note of everything that it is asked. */
function counted(blobs: Blobs, asked: Asked[], readers: Set<symbol>): Blobs {
  return {
    says: blobs.says,
    put: (key, bytes, options) => (asked.push({ verb: 'put', key }), blobs.put(key, bytes, options)),
    size: key => (asked.push({ verb: 'size', key }), blobs.size(key)),
    remove: key => (asked.push({ verb: 'remove', key }), blobs.remove(key)),
    list: prefix => (asked.push({ verb: 'list', key: prefix }), blobs.list(prefix)),
    async get(key, range) {
      asked.push({ verb: 'get', key, range })
      const bytes = await blobs.get(key, range)
      if (bytes === undefined) return undefined
      const reader = Symbol(key)
      readers.add(reader)
      const inner = bytes[Symbol.asyncIterator]()
      const closing = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
        readers.delete(reader)
        await inner.return?.()
        return { done: true, value: undefined }
      }
      const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
        const got = await inner.next()
        if (got.done !== true) return got
        readers.delete(reader)
        return { done: true, value: undefined }
      }
      return { [Symbol.asyncIterator]: () => ({ next, return: closing }) }
    },
  }
}

/** The blob keys of one organization, as somebody who reads the store sees them. */
export async function keysIn(blobs: Blobs): Promise<string[]> {
  const keys: string[] = []
  for await (const key of blobs.list('')) keys.push(key)
  return keys
}
