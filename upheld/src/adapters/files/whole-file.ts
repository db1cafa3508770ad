import { accessSync, constants, lstatSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileRefusal, refuse, systemCode } from './errors.ts'
import { writeSecretFile } from './secret-file.ts'

/**
 * Whether a file can be put at this place, before any work is done for it. A link, a device and a folder are refused:
 * a rename would take their place.
 * @throws files.not_a_file, files.no_folder, files.not_a_folder, files.not_writable
 */
export function assertPlaceForFile(path: string): void {
  const place = resolve(path)
  if (basename(place) === '' || /[/\\]$/.test(path)) throw refuse.not_a_file({ detail: path })
  try {
    if (!lstatSync(place).isFile()) throw refuse.not_a_file({ detail: path })
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT') throw fileRefusal(thrown, path) ?? thrown
  }
  try {
    // A folder that is none is found by the slash behind it.
    accessSync(`${dirname(place)}/`, constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw fileRefusal(cause, path) ?? cause
  }
}

/**
 * Puts a file in place whole or not at all. For its owner alone: what it tells of may be weak places.
 * @throws files.not_a_file, files.not_writable, files.disk_full
 */
export function writeWholeFile(path: string, text: string): void {
  assertPlaceForFile(path)
  writeSecretFile(path, text)
}
