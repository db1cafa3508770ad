import { lstat, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { assertBlobKey, refuseBlobs } from '../../../foundation/objects/index.ts'
import { syncFolder, systemCode } from '../../files/index.ts'

/** Where a blob lies: the folders above it, from the root down, and the file. */
interface Place {
  readonly folders: readonly string[]
  readonly file: string
}

/** @throws blobs.bad_key */
export function placeOf(root: string, key: string): Place {
  assertBlobKey(key)
  const parts = key.split('/')
  const folders = parts.slice(0, -1).map((_, index) => join(root, ...parts.slice(0, index + 1)))
  return { folders, file: join(root, ...parts) }
}

/**
 * Whether all folders above are there. A link in the place of one is followed nowhere.
 * @throws blobs.not_plain
 */
export async function foldersThere({ folders }: Place): Promise<boolean> {
  for (const folder of folders) {
    const kind = await kindOf(folder)
    if (kind === 'absent') return false
    if (kind !== 'folder') throw refuseBlobs.not_plain()
  }
  return true
}

/** Makes what is missing of them, mode 0700, and brings each new name to disk. */
export async function makeFolders(root: string, { folders }: Place): Promise<void> {
  let above = root
  for (const folder of folders) {
    if ((await kindOf(folder)) === 'absent') {
      await mkdir(folder, { mode: 0o700 }).catch((thrown: unknown) => {
        if (systemCode(thrown) !== 'EEXIST') throw thrown
      })
      syncFolder(above)
    }
    if ((await kindOf(folder)) !== 'folder') throw refuseBlobs.not_plain()
    above = folder
  }
}

/** What stands at this place itself, links not followed. */
export async function kindOf(path: string): Promise<'absent' | 'folder' | 'file' | 'other'> {
  try {
    const found = await lstat(path)
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other'
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return 'absent'
    throw thrown
  }
}
