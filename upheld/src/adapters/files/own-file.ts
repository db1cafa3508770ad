import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs'
import { fileRefusal, refuse, systemCode } from './errors.ts'

/**
 * Opens a plain file that belongs to this account and that no other may touch. A link is not followed, so that nobody
 * chooses which file is meant, and a pipe in its place does not make us wait.
 * @param flags of `fs.constants`, beside those that this adds
 * @returns a file descriptor; undefined when there is no such file
 * @throws files.too_open, files.not_a_file, files.not_writable
 */
export function openOwnFile(path: string, flags: number): number | undefined {
  let fd: number
  try {
    fd = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600)
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined
    if (systemCode(cause) === 'ELOOP') throw refuse.not_a_file({ detail: `${path} is a link.`, cause })
    throw fileRefusal(cause, path) ?? cause
  }
  try {
    const found = fstatSync(fd)
    if (!found.isFile()) throw refuse.not_a_file({ detail: path })
    assertOwn(path, found.mode, found.uid)
    return fd
  } catch (thrown) {
    closeSync(fd)
    throw thrown
  }
}

/**
 * The bytes of such a file, at most `bytesMax` of them.
 * @throws files.too_open, files.not_a_file
 */
export function readOwnFile(path: string, bytesMax: number): Buffer | undefined {
  const fd = openOwnFile(path, constants.O_RDONLY)
  if (fd === undefined) return undefined
  try {
    const { size } = fstatSync(fd)
    if (size > bytesMax) throw refuse.not_a_file({ detail: `${path} is longer than ${bytesMax} bytes.` })
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}

/**
 * A folder of this account that no other may look into.
 * @returns false when there is none
 * @throws files.too_open, files.not_a_folder
 */
export function isOwnFolder(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return false
  if (!found.isDirectory()) throw refuse.not_a_folder({ detail: path })
  assertOwn(path, found.mode, found.uid)
  return true
}

function assertOwn(path: string, mode: number, uid: number): void {
  const self = process.getuid?.()
  if (self !== undefined && uid !== self) throw refuse.too_open({ detail: `${path} belongs to user ${uid}.` })
  if ((mode & 0o077) !== 0) throw refuse.too_open({ detail: `${path} has mode ${(mode & 0o777).toString(8)}.` })
}
