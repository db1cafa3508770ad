import { randomBytes } from 'node:crypto'
import { openDatabase } from '../../adapters/postgres/database.ts'
import type { Application } from '../../application.ts'
import type { Database } from '../../core/ports.ts'
import { byLogin, migrate, type ContextKey, type LoginRole } from '../../foundation/tenancy/index.ts'
import { prepareDatabase } from '../../prepare.ts'
import { fingerprintOf, differences } from './fingerprint.ts'
import { refuse } from './errors.ts'
import { dropLeft, prefix } from './left.ts'

export type LoginUrls = Readonly<Record<LoginRole, string>>

/** A database that was made for one run. */
export interface TwinDatabase {
  readonly name: string
  readonly adminUrl: string
  readonly urls: LoginUrls
  /** The key that its contexts are signed with; the live system's key never opens a twin. */
  readonly key: ContextKey
  drop(): Promise<void>
  /** For a role that was made for this database alone, when the database is gone. */
  dropRole(role: string): Promise<void>
}

/** Copies of the live system's catalogue, on the same server, without a row of its customers. */
export interface Twins {
  make(): Promise<TwinDatabase>
  /** Drops what is left of this process. */
  close(): Promise<void>
}

/**
 * One database is built by the application's own migrations, compared with the live one object by object, and then
 * copied for each run. The comparison makes it a twin: where the live catalogue has moved away from the migrations,
 * what a sabotage proves on the copy would say nothing about the original.
 */
export function openTwins(
  adminUrl: string,
  urls: LoginUrls,
  application: Pick<Application, 'tenantSchemas' | 'migrations'>,
): Twins {
  // One twin is made while others are dropped.
  const server = openDatabase(adminUrl, { connectionsMax: 3, name: 'upheld-twins' })
  const base = `${prefix}${randomBytes(6).toString('hex')}_base`
  const key: ContextKey = Object.freeze({ id: '01', cell: '0000', secret: randomBytes(32) })
  let building: Promise<readonly string[]> | undefined

  const build = async (): Promise<readonly string[]> => {
    await dropLeft(server)
    await server.query(`create database ${base} template template0`)
    await withDatabase(at(adminUrl, base), admin =>
      prepareDatabase(admin, { tenantSchemas: application.tenantSchemas, key }),
    )
    await withDatabase(at(urls.migrate, base), database => migrate(database, application.migrations))
    return withDatabase(at(adminUrl, base), admin => fingerprintOf(admin))
  }

  return Object.freeze({
    async make() {
      building ??= build()
      const expected = await building.catch((cause: unknown) => {
        building = undefined
        throw refuse.no_twin({ cause })
      })
      const found = differences(await fingerprintOf(server), expected)
      if (found.length > 0) throw refuse.not_alike({ detail: `${found.slice(0, 5).join('; ')}.` })
      const name = `${prefix}${randomBytes(6).toString('hex')}`
      await server.query(`create database ${name} template ${base}`)
      await server.query(`revoke all on database ${name} from public`)
      const logins = Object.values(byLogin((_, login) => login))
      await server.query(`grant connect on database ${name} to ${logins.join(', ')}`)
      return Object.freeze({
        name,
        adminUrl: at(adminUrl, name),
        urls: byLogin(role => at(urls[role], name)),
        key,
        drop: async () => {
          await server.query(`drop database if exists ${name} with (force)`)
        },
        dropRole: async (role: string) => {
          await server.query(`drop role if exists ${role}`)
        },
      })
    },
    async close() {
      await server.query(`drop database if exists ${base} with (force)`)
      await server.close()
    },
  })
}

export async function withDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = openDatabase(url, { connectionsMax: 1, name: 'upheld-twins' })
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

/** The same login in another database of the same server. */
function at(url: string, database: string): string {
  const moved = new URL(url)
  moved.pathname = `/${database}`
  return moved.href
}
