import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileRefusal, refuse, systemCode } from './errors.ts'

/**
 * The text of a file that only its owner may read; undefined when there is no such file.
 * @throws files.too_open when group or others may do anything with it, or when it belongs to somebody else
 */
export function readSecretFile(path: string): string | undefined {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined
    throw fileRefusal(cause, path) ?? cause
  }
  try {
    const { mode, uid } = fstatSync(fd)
    const self = process.getuid?.()
    if ((mode & 0o077) !== 0) throw refuse.too_open({ detail: `${path} has mode ${(mode & 0o777).toString(8)}.` })
    // Root reads what is anybody's: it could take it anyway. Nobody else uses a secret that another account can change.
    if (self !== undefined && self !== 0 && uid !== self)
      throw refuse.too_open({ detail: `${path} belongs to user ${uid}.` })
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}

/**
 * Puts a secret in place whole or not at all, mode 0600, safe against loss of power: a reader meets the old text or the new one.
 * @throws files.not_writable, files.disk_full
 */
export function writeSecretFile(path: string, text: string): void {
  placeSecret(path, text, renameSync)
}

/** Writes a draft beside the place, lets `put` bring it there, and leaves no draft behind. */
export function placeSecret(path: string, text: string, put: (draft: string, path: string) => void): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    const fd = openSync(draft, 'wx', 0o600)
    try {
      writeFileSync(fd, text)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    put(draft, path)
    syncFolder(dirname(path))
  } catch (cause) {
    throw fileRefusal(cause, path) ?? cause
  } finally {
    rmSync(draft, { force: true })
  }
}

/** A rename lasts through a loss of power once the folder that names the file is on disk. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
