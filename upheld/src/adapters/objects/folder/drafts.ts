import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../../../core/clock.ts'
import { syncFolder, systemCode } from '../../files/index.ts'

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
/** What is gathered before it is written, so that small pieces cost no call each. */
const gatheredBytesMax = 1024 * 1024
const gatheredPiecesMax = 512
const draftAgeMsMax = 24 * 60 * 60 * 1000

/** Writes all of it to a new file that nobody sees yet, and brings it to disk. Leaves nothing behind when it fails. */
export async function writeDraft(folder: string, bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const draft = join(folder, randomBytes(16).toString('hex'))
  const handle = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  try {
    try {
      await writeAll(handle, bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (thrown) {
    await rm(draft, { force: true })
    throw thrown
  }
  return draft
}

/** Brings a draft to its place. False when something is there that must stay; the draft is gone either way. */
export async function placeDraft(draft: string, file: string, replace: boolean): Promise<boolean> {
  try {
    if (replace) await rename(draft, file)
    else await link(draft, file)
    syncFolder(dirname(file))
    return true
  } catch (thrown) {
    if (!replace && systemCode(thrown) === 'EEXIST') return false
    throw thrown
  } finally {
    await rm(draft, { force: true })
  }
}

/** Takes away what a killed process left, a day after its last byte. */
export async function clearDrafts(folder: string, clock: Clock): Promise<void> {
  const oldest = clock.now().getTime() - draftAgeMsMax
  for (const name of await readdir(folder)) {
    const draft = join(folder, name)
    const { mtimeMs } = await stat(draft).catch(() => ({ mtimeMs: Infinity }))
    if (mtimeMs < oldest) await rm(draft, { force: true })
  }
}

async function writeAll(handle: FileHandle, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  let gathered: Uint8Array[] = []
  let size = 0
  for await (const piece of bytes) {
    gathered.push(piece)
    size += piece.length
    if (size < gatheredBytesMax && gathered.length < gatheredPiecesMax) continue
    await writePieces(handle, gathered)
    gathered = []
    size = 0
  }
  if (size > 0) await writePieces(handle, gathered)
}

/** The system may take less than it is given. */
async function writePieces(handle: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  let left = pieces.filter(piece => piece.length > 0)
  while (left.length > 0) {
    let { bytesWritten } = await handle.writev(left)
    const from = left.findIndex(piece => {
      if (bytesWritten < piece.length) return true
      bytesWritten -= piece.length
      return false
    })
    left =
      from < 0
        ? []
        : [...left.slice(from, from + 1).map(piece => piece.subarray(bytesWritten)), ...left.slice(from + 1)]
  }
}
