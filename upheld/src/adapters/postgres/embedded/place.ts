import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileRefusal, makeFolder, systemCode } from '../../files/index.ts'
import { releaseName } from '../../../foundation/releases/index.ts'
import { runAs, type Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { refuse } from './errors.ts'

/** Where the data is, or will be. */
export interface Place {
  /** `.upheld/postgres`: the data itself, or a link to it. */
  readonly name: string
  /** Where new data is made before it gets its name; the account reaches it. */
  readonly base: string
  readonly exists: boolean
}

/**
 * The data stays beside everything else when the account can get there, and moves to a folder of ours under /var/lib
 * when it cannot: a clone in /root is closed to every other account. The account itself is asked, by running as it.
 * @throws embedded.data_gone, embedded.no_place, files.not_writable, files.disk_full, files.not_a_folder
 */
export function placeFor(folder: string, account: Account): Place {
  try {
    makeFolder(folder, 0o700)
    const name = join(folder, 'postgres')
    const found = kindOf(name)
    if (found === 'link' && !existsSync(name))
      throw refuse.data_gone({
        detail: `${name} points to ${readlinkSync(name)}.`,
      })
    if (found !== 'nothing' && found !== 'empty') return { name, base: dirname(realpathSync(name)), exists: true }
    if (!account.other) return { name, base: folder, exists: false }
    if (letIn(account, folder)) return { name, base: folder, exists: false }
    return { name, base: homeFor(folder, account), exists: false }
  } catch (cause) {
    throw fileRefusal(cause, folder) ?? cause
  }
}

/** The binaries as the account can run them: where they are, or a copy in a folder of ours. */
export function reachableBinaries(
  binaries: Binaries,
  folder: string,
  account: Account,
  progress: (line: string) => void = () => undefined,
): Binaries | undefined {
  if (!account.other || canRun(account, binaries)) return binaries
  if (binaries.source !== 'npm') return undefined
  try {
    const home = homeFor(folder, account)
    const root = join(home, `native-${releaseName(binaries.release)}`)
    if (!existsSync(root)) {
      progress(`copying Postgres ${releaseName(binaries.release)} to ${home}, where ${account.name} can reach it`)
      const draft = join(home, `new-${randomBytes(6).toString('hex')}`)
      cpSync(binaries.root, draft, { recursive: true, verbatimSymlinks: true })
      renameSync(draft, root)
    }
    const copy = Object.freeze({ ...binaries, root, bin: join(root, 'bin') })
    return canRun(account, copy) ? copy : undefined
  } catch (cause) {
    throw fileRefusal(cause, folder) ?? cause
  }
}

/** Half-made folders of a start that was killed. The caller holds the lock, so nobody else is making one. */
export function removeDrafts(base: string): void {
  for (const entry of readdirSync(base)) {
    if (/^new-[0-9a-f]{12}$/.test(entry)) rmSync(join(base, entry), { recursive: true, force: true })
  }
}

function homeFor(folder: string, account: Account): string {
  const digest = createHash('sha256').update(realpathSync(folder)).digest('hex')
  const home = join('/var/lib', `upheld-${digest.slice(0, 12)}`)
  makeFolder(home, 0o711)
  // Somebody else's folder by our name would let them swap what we run.
  if (lstatSync(home).uid !== 0 || !lstatSync(home).isDirectory())
    throw refuse.no_place({ detail: `${home} is not root's own folder.` })
  chmodSync(home, 0o711)
  if (!canEnter(account, home))
    throw refuse.no_place({ detail: `${account.name} can enter neither ${folder} nor ${home}.` })
  return home
}

/** Others may then walk through this folder and see no name in it; what it holds is closed by its own modes. */
function letIn(account: Account, folder: string): boolean {
  if (canEnter(account, folder)) return true
  const mode = statSync(folder).mode & 0o777
  chmodSync(folder, mode | 0o011)
  if (canEnter(account, folder)) return true
  chmodSync(folder, mode)
  return false
}

function canEnter(account: Account, folder: string): boolean {
  return runAs(account, '/bin/sh', ['-c', 'cd "$1"', 'sh', realpathSync(folder)]).status === 0
}

function canRun(account: Account, { bin }: Binaries): boolean {
  return ['postgres', 'initdb'].every(name => runAs(account, join(bin, name), ['--version']).status === 0)
}

/** A folder that the account owns, for nobody else. */
export function makeOwnFolder(path: string, account: Account): void {
  mkdirSync(path, { mode: 0o700 })
  if (account.other) chownSync(path, account.uid, account.gid)
}

function kindOf(path: string): 'nothing' | 'empty' | 'folder' | 'link' {
  try {
    const found = lstatSync(path)
    if (found.isSymbolicLink()) return 'link'
    return found.isDirectory() && readdirSync(path).length === 0 ? 'empty' : 'folder'
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return 'nothing'
    throw thrown
  }
}
