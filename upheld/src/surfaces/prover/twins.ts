import { randomBytes } from 'node:crypto'
import { openDatabase } from '../../adapters/postgres/database.ts'
import type { Application } from '../../application.ts'
import type { Database } from '../../core/ports.ts'
import { installAudit } from '../../foundation/audit/index.ts'
import { byLogin, installTenancy, migrate, type ContextKey, type LoginRole } from '../../foundation/tenancy/index.ts'
import { installPeople } from '../../guards/schema/index.ts'
import { installClaims } from '../../proof/claims/index.ts'
import { installEvidence } from '../../proof/evidence/index.ts'
import { fingerprintOf, differences } from './fingerprint.ts'
import { refuse } from './errors.ts'

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

const prefix = 'upheld_twin_'
/** A twin that nobody is connected to and that is older than this was left behind by a process that died. */
const leftAfterMins = 30

/**
 * One database is built by the application's own migrations, compared with the live one object by object, and then
 * copied for each run. The comparison makes it a twin: where the live catalogue has moved away from the migrations,
 * what a sabotage proves on the copy would say nothing about the original.
 */
export function openTwins(adminUrl: string, urls: LoginUrls, application: Application): Twins {
  // One twin is made while others are dropped.
  const server = openDatabase(adminUrl, { connectionsMax: 3, name: 'upheld-twins' })
  const base = `${prefix}${randomBytes(6).toString('hex')}_base`
  const key: ContextKey = Object.freeze({ id: '01', cell: '0000', secret: randomBytes(32) })
  let building: Promise<readonly string[]> | undefined

  const build = async (): Promise<readonly string[]> => {
    await dropLeft(server)
    await server.query(`create database ${base} template template0`)
    await withDatabase(at(adminUrl, base), async admin => {
      await installTenancy(admin, { tenantSchemas: application.tenantSchemas, key })
      await installAudit(admin)
      await installPeople(admin)
      await installEvidence(admin)
      await installClaims(admin)
    })
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

async function dropLeft(server: Database): Promise<void> {
  const { rows } = await server.query(
    `select d.datname as name from pg_database d
     where d.datname like $1 and not exists (select from pg_stat_activity a where a.datid = d.oid)
       and (pg_stat_file('base/' || d.oid || '/PG_VERSION')).modification < now() - make_interval(mins => $2)`,
    [`${prefix.replaceAll('_', '\\_')}%`, leftAfterMins],
  )
  for (const row of rows) await server.query(`drop database if exists ${String(row['name'])} with (force)`)
  // Roles that were made for one twin carry its name, and have no other place to be.
  const roles = await server.query(
    `select quote_ident(r.rolname) as name from pg_roles r
     where r.rolname ~ $1 and not exists (select from pg_database d where starts_with(r.rolname, d.datname || '_'))`,
    [`^${prefix}[0-9a-f]{12}_`],
  )
  for (const row of roles.rows) await server.query(`drop role if exists ${String(row['name'])}`)
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
