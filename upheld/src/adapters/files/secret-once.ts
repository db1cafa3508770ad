import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileRefusal, refuse, systemCode } from './errors.ts'
import { readSecretFile, syncFolder } from './secret-file.ts'

/**
 * The secret in this file, made at the first call, mode 0600. Two processes at once get the same one: the file appears
 * whole under its name, and only where there was none.
 * @throws files.too_open when others than this account could read, change or have put it; files.not_writable, disk_full
 */
export function secretOnce(path: string, make: () => string): string {
  if (readSecretFile(path) === undefined) create(path, make())
  const secret = readSecretFile(path)
  if (secret === undefined) throw refuse.not_writable({ detail: path })
  const owner = statSync(path).uid
  if (owner !== (process.getuid?.() ?? owner)) throw refuse.too_open({ detail: `${path} belongs to user ${owner}.` })
  return secret
}

function create(path: string, text: string): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    const fd = openSync(draft, 'wx', 0o600)
    try {
      writeSync(fd, text)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    linkSync(draft, path)
    syncFolder(dirname(path))
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw fileRefusal(cause, path) ?? cause
  } finally {
    rmSync(draft, { force: true })
  }
}
