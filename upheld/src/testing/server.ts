import { randomBytes } from 'node:crypto'
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { takeLock, type Lock } from '../adapters/files/index.ts'
import { openDatabase } from '../adapters/postgres/database.ts'
import { startPostgres, stopLeftPostgres } from '../adapters/postgres/embedded/index.ts'

/** A real Postgres to throw away. */
export interface TestServer {
  /** Superuser, database `postgres`. */
  readonly adminUrl: string
  stop(): Promise<void>
}

/** A database of one test's own. Roles belong to the whole server: make them so that a second maker does no harm. */
export interface TestDatabase {
  readonly name: string
  /** Superuser, in this database. */
  readonly adminUrl: string
  urlFor(role: string, password: string): string
  drop(): Promise<void>
}

let own: Promise<TestServer> | undefined

/**
 * The server of this test run, from UPHELD_TEST_ADMIN_URL; a test file that is run alone starts one of its own, once,
 * which ends with the process. UPHELD_TEST_POSTGRES=npm|system chooses the binaries.
 */
export function testServer(): Promise<TestServer> {
  const adminUrl = process.env.UPHELD_TEST_ADMIN_URL
  if (adminUrl !== undefined && adminUrl !== '') return Promise.resolve({ adminUrl, stop: async () => undefined })
  own ??= startTestServer().then(server => {
    process.once('beforeExit', () => void server.stop())
    return server
  })
  return own
}

/**
 * Starts a server in a folder of its own, without fsync: nothing in it is meant to last. `durable` starts it as `upheld up`
 * does, for who measures what commits cost.
 */
export async function startTestServer({ durable = false } = {}): Promise<TestServer> {
  await sweep()
  const folder = mkdtempSync(join(tmpdir(), prefix))
  const lock = takeLock(join(folder, lockName), 'tests')
  const binaries = binariesWanted(process.env.UPHELD_TEST_POSTGRES)
  const postgres = await startPostgres({
    folder,
    testOnlyWithoutFsync: !durable,
    ...(binaries === undefined ? {} : { binaries }),
  })
  return Object.freeze({
    adminUrl: postgres.adminUrl,
    async stop() {
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
      lock.release()
    },
  })
}

const prefix = 'upheld-test-'
const lockName = 'test.lock'

/** Ends the servers, and removes the folders, of test runs that were killed. */
async function sweep(): Promise<void> {
  for (const entry of readdirSync(tmpdir()).filter(name => name.startsWith(prefix))) {
    const folder = join(tmpdir(), entry)
    const lock = lockOfDead(folder)
    if (lock === undefined) continue
    await stopLeftPostgres(folder)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Undefined when the run is still going on, or is another user's. A folder without a lock is being made right now. */
function lockOfDead(folder: string): Lock | undefined {
  try {
    const ours = lstatSync(folder).uid === process.getuid?.()
    return ours && readdirSync(folder).includes(lockName) ? takeLock(join(folder, lockName), 'sweep') : undefined
  } catch {
    return undefined
  }
}

export async function testDatabase(server: TestServer): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await asAdmin(server, `create database ${name}`)
  return Object.freeze({
    name,
    adminUrl: urlIn(server, name).href,
    urlFor(role: string, password: string) {
      const url = urlIn(server, name)
      url.username = encodeURIComponent(role)
      url.password = encodeURIComponent(password)
      return url.href
    },
    drop: () => asAdmin(server, `drop database if exists ${name} with (force)`),
  })
}

async function asAdmin(server: TestServer, statement: string): Promise<void> {
  const admin = openDatabase(server.adminUrl, { connectionsMax: 1 })
  try {
    await admin.query(statement)
  } finally {
    await admin.close()
  }
}

function urlIn(server: TestServer, database: string): URL {
  const url = new URL(server.adminUrl)
  url.pathname = `/${database}`
  return url
}

function binariesWanted(word: string | undefined): 'system' | 'npm' | undefined {
  if (word === undefined || word === '') return undefined
  if (word === 'system' || word === 'npm') return word
  throw new Error(`UPHELD_TEST_POSTGRES is system or npm, not ${word}`)
}
