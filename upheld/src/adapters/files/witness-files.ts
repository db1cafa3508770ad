import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { makeFolder } from './folder.ts'
import { takeLock, type Lock } from './lock.ts'
import { readSecretFile, writeSecretFile } from './secret-file.ts'
import { secretOnce } from './secret-once.ts'

/** What a witness keeps: its key, the last note of each log that it cosigned, and pairs of notes that prove a fork. */
export interface WitnessFiles {
  /** The key, made the first time; undefined when there is none and `make` gives none. */
  readonly key: (make: () => string) => string
  readonly hasKey: () => boolean
  readonly heads: {
    read(origin: string): string | undefined
    write(origin: string, note: string): void
    keepFork(origin: string, size: number, pair: Buffer): void
  }
  /** Where a fork of this log at this size is kept. */
  readonly forkPath: (origin: string, size: number) => string
  readonly lock: Lock
}

/**
 * Holds the folder until the lock is released: two witnesses with one key would sign what the other has not seen.
 * @throws files.locked, files.not_writable, files.not_a_folder, files.too_open
 */
export function witnessFiles(folder: string): WitnessFiles {
  const [heads, forks] = [join(folder, 'heads'), join(folder, 'forks')]
  for (const each of [folder, heads, forks]) makeFolder(each, 0o700)
  const key = join(folder, 'witness.key')
  const named = (origin: string): string => createHash('sha256').update(origin).digest('hex')
  const forkPath = (origin: string, size: number): string => join(forks, `${named(origin)}-${size}.json`)
  const lock = takeLock(join(folder, 'lock'), 'upheld witness')
  return Object.freeze({
    key: (make: () => string) => secretOnce(key, make),
    hasKey: () => readSecretFile(key) !== undefined,
    heads: Object.freeze({
      read: (origin: string) => readSecretFile(join(heads, named(origin))),
      write: (origin: string, note: string) => writeSecretFile(join(heads, named(origin)), note),
      // The first pair is proof enough, and a log that lies again and again fills no disk.
      keepFork: (origin: string, size: number, pair: Buffer) => {
        const path = forkPath(origin, size)
        if (readSecretFile(path) === undefined) writeSecretFile(path, pair.toString())
      },
    }),
    forkPath,
    lock,
  })
}
