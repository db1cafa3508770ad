import { randomBytes } from 'node:crypto'
import { chownSync, readFileSync, renameSync, rmSync, rmdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileRefusal, syncFolder, systemCode } from '../../files/index.ts'
import { runAs, type Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { refuse } from './errors.ts'
import { makeOwnFolder, removeDrafts, type Place } from './place.ts'

export const superuser = 'postgres'

/** A file of ours among Postgres's own: data without it was made by somebody else, and is left alone. */
const mark = 'upheld.made'

/**
 * The major version of existing data, and who must run it.
 * @throws embedded.foreign_folder, embedded.other_owner, embedded.start_failed
 */
export function readCluster(data: string, account: Account): { readonly major: number; readonly account: Account } {
  const major = Number(textOf(join(data, 'PG_VERSION')))
  if (!Number.isInteger(major) || major === 0 || textOf(join(data, mark)) === undefined) {
    throw refuse.foreign_folder({ detail: data })
  }
  const { uid, gid } = statSync(data)
  if (uid === account.uid) return { major, account }
  // Postgres insists on owning its data. Root can become that owner; nobody else can.
  if (process.getuid?.() !== 0 || uid === 0)
    throw refuse.other_owner({ detail: `${data} belongs to user ${uid}; this is user ${account.uid}.` })
  return { major, account: { uid, gid, name: `user ${uid}`, other: true } }
}

/**
 * Makes a new database under another name and gives it its own at the end, so that a start that is killed half way
 * leaves nothing that could be taken for data.
 * @throws embedded.init_failed, embedded.disk_full, embedded.not_writable
 */
export function createCluster(place: Place, binaries: Binaries, account: Account, password: string): void {
  const draft = join(place.base, `new-${randomBytes(6).toString('hex')}`)
  try {
    removeDrafts(place.base)
    makeOwnFolder(draft, account)
    initialise(draft, binaries, account, password)
    publish(join(draft, 'data'), place)
  } catch (cause) {
    throw fileRefusal(cause, place.base) ?? cause
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function initialise(draft: string, binaries: Binaries, account: Account, password: string): void {
  const data = join(draft, 'data')
  const passwordFile = join(draft, 'password')
  writeOwnFile(passwordFile, password, account)
  const made = runAs(account, join(binaries.bin, 'initdb'), [
    `--pgdata=${data}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--data-checksums',
    '--no-instructions',
    ...localeWords(binaries),
  ])
  if (made.status !== 0) throw initRefusal(made.stderr, data)
  writeOwnFile(
    join(data, mark),
    'This database was made by Upheld, which starts it only when it finds this file.\n',
    account,
  )
}

/**
 * Letters of every language, and an order of bytes, which no update of the system changes under an index.
 * From 17 on Postgres brings that itself; before, the system's C.UTF-8 says what a letter is.
 */
function localeWords({ release }: Binaries): readonly string[] {
  if (release.major >= 17) return ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  return ['--locale=C', `--lc-ctype=${process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'}`]
}

function publish(data: string, place: Place): void {
  if (place.base === dirname(place.name)) {
    renameSync(data, place.name)
  } else {
    const kept = join(place.base, `postgres-${randomBytes(4).toString('hex')}`)
    renameSync(data, kept)
    syncFolder(place.base)
    removeEmptyFolder(place.name)
    symlinkSync(kept, place.name)
  }
  syncFolder(dirname(place.name))
}

function removeEmptyFolder(path: string): void {
  try {
    rmdirSync(path)
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT') throw thrown
  }
}

function initRefusal(stderr: string, data: string): Error {
  const last = lastLine(stderr)
  if (/No space left on device|Disk quota exceeded/.test(stderr)) return refuse.disk_full({ detail: last })
  if (/Permission denied|Read-only file system/.test(stderr)) return refuse.not_writable({ detail: last })
  return refuse.init_failed({ detail: `${data}: ${last}` })
}

/** The line in which a Postgres program says why it gave up, at most 300 characters. */
export function lastLine(text: string): string {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  return (lines.findLast(line => /error:|FATAL:|PANIC:/.test(line)) ?? lines.at(-1) ?? 'it said nothing')
    .trim()
    .slice(0, 300)
}

function writeOwnFile(path: string, text: string, account: Account): void {
  writeFileSync(path, text, { mode: 0o600, flush: true })
  if (account.other) chownSync(path, account.uid, account.gid)
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
