import { constants } from 'node:fs'
import { mkdir, open, readdir, realpath, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemClock, type Clock } from '../../../core/clock.ts'
import { isBlobKey, refuseBlobs, sourceOf, type Blobs } from '../../../foundation/objects/index.ts'
import { syncFolder, systemCode } from '../../files/index.ts'
import { clearDrafts, placeDraft, writeDraft } from './drafts.ts'
import { blobFailure } from './failures.ts'
import { foldersThere, kindOf, makeFolders, placeOf } from './place.ts'
import { readHandle } from './reading.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants

export interface FolderOptions {
  /** Made when it is not there; used by one account alone. */
  readonly path: string
  readonly clock?: Clock
}

/**
 * Blobs as files of one folder.
 * @throws blobs.too_open when group or others can use it, or when it belongs to another account; blobs.denied, not_plain
 */
export async function folderBlobs({ path, clock = systemClock }: FolderOptions): Promise<Blobs> {
  const root = await coded(() => openRoot(path))
  const drafts = join(root, '.drafts')
  await coded(async () => {
    await mkdir(drafts, { recursive: true, mode: 0o700 })
    if ((await kindOf(drafts)) !== 'folder') throw refuseBlobs.not_plain()
    await clearDrafts(drafts, clock)
  })
  return Object.freeze({
    says: 'folder',
    async put(key: string, bytes: AsyncIterable<Uint8Array>, { replace = false } = {}) {
      const source = sourceOf(bytes)
      try {
        const place = placeOf(root, key)
        await makeFolders(root, place)
        const there = await kindOf(place.file)
        if (there !== 'absent' && there !== 'file') throw refuseBlobs.not_plain()
        if (there === 'file' && !replace) return false
        return await placeDraft(await writeDraft(drafts, source.bytes), place.file, replace)
      } catch (thrown) {
        throw source.blame(thrown, blobFailure)
      }
    },
    get: (key: string, range?: { readonly start: number; readonly end: number }) =>
      coded(async () => {
        const place = placeOf(root, key)
        if (!(await foldersThere(place))) return undefined
        const handle = await openPlain(place.file)
        if (handle === undefined) return undefined
        try {
          const { start, end } = range ?? { start: 0, end: (await handle.stat()).size }
          return readHandle(handle, start, end)
        } catch (thrown) {
          await handle.close()
          throw thrown
        }
      }),
    size: (key: string) =>
      coded(async () => {
        const place = placeOf(root, key)
        if (!(await foldersThere(place))) return undefined
        const handle = await openPlain(place.file)
        if (handle === undefined) return undefined
        const { size } = await handle.stat().finally(() => handle.close())
        return size
      }),
    remove: (key: string) =>
      coded(async () => {
        const place = placeOf(root, key)
        if (!(await foldersThere(place)) || (await kindOf(place.file)) === 'absent') return
        await rm(place.file, { force: true })
        syncFolder(dirname(place.file))
      }),
    list: (prefix: string) => walk(root, '', prefix),
  })
}

async function openRoot(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const root = await realpath(path)
  const { mode, uid } = await stat(root)
  const self = process.getuid?.() ?? uid
  if ((mode & 0o077) !== 0) throw refuseBlobs.too_open({ detail: `It has mode ${(mode & 0o777).toString(8)}.` })
  if (self !== 0 && uid !== self) throw refuseBlobs.too_open({ detail: `It belongs to user ${uid}.` })
  return root
}

/** A link is not followed, and a pipe that nobody writes to holds nobody up. */
async function openPlain(file: string): Promise<Awaited<ReturnType<typeof open>> | undefined> {
  try {
    const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined
    throw thrown
  }
  throw refuseBlobs.not_plain()
}

/** By the order of whole keys: a folder sorts as its name with a slash. Names that are no part of a key are not ours. */
async function* walk(root: string, above: string, prefix: string): AsyncGenerator<string, void, undefined> {
  const entries = await coded(() => readdir(join(root, above), { withFileTypes: true }), [])
  const keys = entries
    .map(entry => ({ entry, key: `${above}${entry.name}` }))
    .filter(({ key }) => isBlobKey(key))
    .map(({ entry, key }) => ({ entry, key: entry.isDirectory() ? `${key}/` : key }))
    .filter(({ key }) => key.startsWith(prefix) || (key.endsWith('/') && prefix.startsWith(key)))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  for (const { entry, key } of keys) {
    if (entry.isDirectory()) yield* walk(root, key, prefix)
    else if (entry.isFile()) yield key
    else throw refuseBlobs.not_plain()
  }
}

/** The system's failures as codes; `whenGone` in the place of what went away meanwhile. */
async function coded<T>(work: () => Promise<T>, whenGone?: T): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (whenGone !== undefined && systemCode(thrown) === 'ENOENT') return whenGone
    throw blobFailure(thrown)
  }
}
