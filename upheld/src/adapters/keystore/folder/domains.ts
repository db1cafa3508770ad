import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyDomain } from '../../../foundation/vault/index.ts'
import { isOwnFolder } from '../../files/index.ts'
import { domainOf, goesOn } from '../names.ts'

/** Every domain below the folder of one organization that has a key, at most `max`. */
export async function domainsIn(folder: string, max = Infinity): Promise<readonly KeyDomain[]> {
  const found: KeyDomain[] = []
  await look(folder, [], found, max)
  return found.sort()
}

async function look(folder: string, above: readonly string[], found: KeyDomain[], max: number): Promise<void> {
  if (!isOwnFolder(folder)) return
  for (const name of await readdir(folder)) {
    if (found.length >= max) return
    const names = [...above, name]
    if (goesOn(name)) {
      await look(join(folder, name), names, found, max)
      continue
    }
    const domain = domainOf(names)
    if (domain !== undefined && (await hasKey(join(folder, name)))) found.push(domain)
  }
}

/** A process that was killed can leave a folder without a key. The first epoch is nearly always there to tell. */
async function hasKey(folder: string): Promise<boolean> {
  return existsSync(join(folder, '1.key')) || (await readdir(folder)).some(name => /^[1-9]\d*\.key$/.test(name))
}
