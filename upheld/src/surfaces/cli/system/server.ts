import { openDatabase } from '../../../adapters/postgres/database.ts'
import { startPostgres } from '../../../adapters/postgres/embedded/index.ts'
import { addressOf, connectionRefusal, refuse } from '../../../adapters/postgres/errors.ts'
import { oldestMajor } from '../../../foundation/releases/index.ts'
import type { Database } from '../../../core/ports.ts'

/** The database server under a system: one of our own, or one that was there before us. */
export interface Server {
  /** Superuser, in the application's database. */
  readonly adminUrl: string
  /** For the person at the terminal. */
  readonly says: string
  /** What is known to be wrong with it, if anything. */
  readonly warning?: string
  alive(): boolean
  /** Starts a server of our own that has ended by itself again. */
  revive(): Promise<void>
  stop(): Promise<void>
}

/** The database that we make on a server of our own. On an existing one the address names it. */
export const ownDatabase = 'upheld'

/** @throws the codes of embedded and files */
export async function ownServer(folder: string, progress: (line: string) => void): Promise<Server> {
  const postgres = await startPostgres({ folder, progress })
  try {
    const { is, says, mend } = postgres.standing
    return Object.freeze({
      adminUrl: await ensureDatabase(postgres.adminUrl),
      says: `Postgres ${postgres.version} ${postgres.source === 'npm' ? 'from npm' : 'of this system'}${postgres.adopted ? ', still running' : ''}`,
      ...(is === 'leaks' ? { warning: `${says} ${mend ?? ''}` } : {}),
      alive: () => postgres.alive(),
      revive: () => postgres.revive(),
      stop: () => postgres.stop(),
    })
  } catch (thrown) {
    await postgres.stop()
    throw thrown
  }
}

async function ensureDatabase(adminUrl: string): Promise<string> {
  await withAdmin(adminUrl, async admin => {
    const { rows } = await admin.query('select 1 from pg_catalog.pg_database where datname = $1', [ownDatabase])
    if (rows.length === 0) await admin.query(`create database ${ownDatabase}`)
  })
  return urlIn(adminUrl, ownDatabase)
}

/** The same server and user, another database. */
export function urlIn(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}

/** @throws the connection codes of adapters/postgres, postgres.too_old */
export async function existingServer(adminUrl: string): Promise<Server> {
  const release = await withAdmin(adminUrl, async admin => {
    const { rows } = await admin.query(
      "select current_setting('server_version') as name, current_setting('server_version_num')::int / 10000 as major",
    )
    return { name: String(rows[0]?.['name']), major: Number(rows[0]?.['major']) }
  })
  if (release.major < oldestMajor)
    throw refuse.too_old({ detail: `${addressOf(adminUrl)} runs Postgres ${release.name}.` })
  return Object.freeze({
    adminUrl,
    says: `Postgres ${release.name} at ${addressOf(adminUrl)}`,
    alive: () => true,
    revive: async () => undefined,
    stop: async () => undefined,
  })
}

/** Opens, works, closes. A connection that fails is told in words. */
export async function withAdmin<T>(url: string, work: (admin: Database) => Promise<T>): Promise<T> {
  const admin = openDatabase(url, { connectionsMax: 1, name: 'upheld-admin' })
  try {
    return await work(admin)
  } catch (thrown) {
    throw connectionRefusal(thrown, url) ?? thrown
  } finally {
    await admin.close()
  }
}
