import { linkSync, statSync } from 'node:fs'
import { refuse, systemCode } from './errors.ts'
import { placeSecret, readSecretFile } from './secret-file.ts'

/**
 * The secret in this file, made at the first call, mode 0600. Two processes at once get the same one: the file appears
 * whole under its name, and only where there was none.
 * @throws files.too_open when others than this account could read, change or have put it; files.not_writable, disk_full
 */
export function secretOnce(path: string, make: () => string): string {
  if (readSecretFile(path) === undefined) placeSecret(path, make(), linkOnce)
  const secret = readSecretFile(path)
  if (secret === undefined) throw refuse.not_writable({ detail: path })
  const owner = statSync(path).uid
  if (owner !== (process.getuid?.() ?? owner)) throw refuse.too_open({ detail: `${path} belongs to user ${owner}.` })
  return secret
}

/** Under its name only where there was none: a link, unlike a rename, takes nobody's place. */
function linkOnce(draft: string, path: string): void {
  try {
    linkSync(draft, path)
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw cause
  }
}
