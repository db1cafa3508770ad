import { constants, fchmodSync, fstatSync, lstatSync, openSync, closeSync, type Stats } from 'node:fs'
import { fileRefusal, makeFolder, systemCode } from '../files/index.ts'
import { refuse } from './errors.ts'

/**
 * The folder of the logs, for the account that writes them alone. Made when absent, refused when it is looser.
 * @throws log.too_open, log.not_ours, files.not_writable, files.disk_full
 */
export function prepareLogFolder(path: string): void {
  makeFolder(path, 0o700)
  const found = lstatSync(path)
  if (!found.isDirectory()) throw refuse.not_ours({ detail: path })
  mustBeOwn(found, path)
}

/**
 * A file of that folder, opened to be written at its end. A link is not followed.
 * @throws log.too_open, log.not_ours, files.not_writable, files.disk_full
 */
export function openLogFile(path: string): number {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants
  let fd: number
  try {
    fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
  } catch (thrown) {
    if (['ELOOP', 'EISDIR', 'ENXIO'].includes(systemCode(thrown) ?? '')) throw refuse.not_ours({ detail: path })
    throw fileRefusal(thrown, path) ?? thrown
  }
  try {
    const found = fstatSync(fd)
    if (!found.isFile()) throw refuse.not_ours({ detail: path })
    // A mask of the process may have taken more away than we want; it never gives anything.
    if (found.size === 0 && (found.mode & 0o077) === 0) fchmodSync(fd, 0o600)
    mustBeOwn(found, path)
    return fd
  } catch (thrown) {
    closeSync(fd)
    throw thrown
  }
}

function mustBeOwn({ mode, uid }: Stats, path: string): void {
  if ((mode & 0o077) !== 0) throw refuse.too_open({ detail: `${path} has mode ${(mode & 0o777).toString(8)}.` })
  const self = process.getuid?.()
  if (self !== undefined && uid !== self) throw refuse.not_ours({ detail: `${path} belongs to user ${uid}.` })
}
