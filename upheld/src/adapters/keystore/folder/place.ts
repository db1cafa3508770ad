import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { OrganizationId } from '../../../core/ids.ts'
import type { KeyDomain } from '../../../foundation/vault/index.ts'
import { fileRefusal, isOwnFolder, readOwnFile, syncFolder, systemCode, writeSecretFile } from '../../files/index.ts'
import { refuse } from '../errors.ts'
import { namesOf } from '../names.ts'

const markBytesMax = 100

/** The file that says that this is a key folder, and how far it has changed. */
function markOf(root: string): string {
  return join(root, 'changes')
}

/**
 * Makes a key folder of a folder that is not there, or is empty.
 * @throws keystore.missing when something else is in it; files.too_open, files.not_a_folder, files.not_writable
 */
export function prepareRoot(root: string): void {
  makeOwnFolder(root)
  if (existsSync(markOf(root))) return
  if (readdirSync(root).some(name => !name.startsWith('changes.'))) {
    throw refuse.missing({ detail: `${root} has files of something else in it.` })
  }
  noteChange(root)
}

/** Says that a key was replaced or destroyed. */
export function noteChange(root: string): void {
  writeSecretFile(markOf(root), `${randomBytes(12).toString('hex')}\n`)
}

/**
 * The text of the mark. A folder that lost it is not taken for one without keys: a disk that is not mounted looks so.
 * @throws keystore.missing
 */
export function readChange(root: string): string {
  const text = isOwnFolder(root) ? readOwnFile(markOf(root), markBytesMax)?.toString('utf8').trim() : undefined
  if (text === undefined || text === '') throw refuse.missing({ detail: root })
  return text
}

/** The folder of one domain; undefined when there is none. Each folder on the way must be ours alone. */
export function folderOf(root: string, organization: OrganizationId, domain: KeyDomain): string | undefined {
  const names = namesOf(domain)
  readChange(root)
  let path = root
  for (const name of [organization, ...names]) {
    path = join(path, name)
    if (!isOwnFolder(path)) return undefined
  }
  return path
}

export function makeFolderOf(root: string, organization: OrganizationId, domain: KeyDomain): string {
  const names = namesOf(domain)
  readChange(root)
  let path = root
  for (const name of [organization, ...names]) {
    path = join(path, name)
    makeOwnFolder(path)
  }
  return path
}

/** Lasts through a loss of power, so that no key is in a folder that is gone after it. */
function makeOwnFolder(path: string): void {
  try {
    if (isOwnFolder(path)) return
    mkdirSync(path, { mode: 0o700 })
    syncFolder(dirname(path))
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw fileRefusal(cause, path) ?? cause
  }
  isOwnFolder(path)
}
