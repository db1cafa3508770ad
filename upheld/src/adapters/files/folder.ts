import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileRefusal, systemCode } from './errors.ts'

/**
 * Makes a folder, and those above it, unless it is there.
 * @throws files.not_writable, files.disk_full, files.not_a_folder
 */
export function makeFolder(path: string, mode: number): void {
  try {
    mkdirSync(path, { recursive: true, mode })
  } catch (thrown) {
    const cause = systemCode(thrown) === 'ENOENT' ? reasonOf(path, thrown) : thrown
    throw fileRefusal(cause, path) ?? cause
  }
}

/** Node says "no such file" of a recursive mkdir on a read-only file system; a plain one says what it is. */
function reasonOf(path: string, thrown: unknown): unknown {
  let first = path
  while (!existsSync(dirname(first))) first = dirname(first)
  try {
    mkdirSync(first)
    return thrown
  } catch (reason) {
    return reason
  }
}
