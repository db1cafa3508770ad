import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { UpheldOptions } from '../../options.ts'
import type { PeopleFiles } from './people.ts'

/** Keys and objects of one twin, in a folder of its own that goes with it. No key of the live system opens any of it. */
export function twinCustody(
  folder: string,
  defer: (undo: () => Promise<void>) => void,
): Pick<UpheldOptions, 'vault' | 'objects'> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  defer(() => rm(folder, { recursive: true, force: true }))
  return {
    vault: {
      deployment: folder.slice(-24),
      rootKeyFile: join(folder, 'root.key'),
      keyFolder: join(folder, 'vault'),
      floorsFile: join(folder, 'floors.json'),
    },
    objects: { folder: join(folder, 'objects'), linkKeyFile: join(folder, 'links.key') },
  }
}

/** The keys of its people, in the same folder. */
export function twinPeople(folder: string): PeopleFiles {
  return {
    pepperFile: join(folder, 'peppers'),
    guessKeyFile: join(folder, 'guess.key'),
    supportKeyFile: join(folder, 'support.key'),
  }
}
