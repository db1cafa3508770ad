import { statfsSync } from 'node:fs'
import type { Holder, KeyRecord } from '../../../foundation/vault/index.ts'
import { keptFor } from '../record.ts'

/** ext2-4, xfs, tmpfs and ramfs (statfs(2)): an overwritten block of a file stays where it is. */
const inPlace: ReadonlySet<number> = new Set([0xef53, 0x58465342, 0x01021994, 0x858458f6])

interface Known {
  readonly backupsKeptDays?: number | undefined
  readonly overwritesInPlace?: boolean | undefined
}

/**
 * Who may hold the wrapped bytes of this key. The blocks of the disk count as gone only where the operator says that
 * the storage overwrites in place and the file system is one that does: no program can see below it.
 */
export function holdersOf(root: string, key: KeyRecord, left: boolean, known: Known, now: Date): readonly Holder[] {
  if (key.destroyedAt === undefined) return [Object.freeze({ store: 'key folder', holds: 'holds' })]
  const overwritten = known.overwritesInPlace === true && inPlace.has(statfsSync(root).type)
  return [
    Object.freeze({ store: 'key folder', holds: left ? 'holds' : 'gone' }),
    Object.freeze({ store: 'disk below the key folder', holds: overwritten ? 'gone' : 'may hold' }),
    keptFor('backups of the key folder', key.destroyedAt, known.backupsKeptDays, now),
  ]
}
