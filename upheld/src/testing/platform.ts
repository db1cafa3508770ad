import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../adapters/postgres/database.ts'
import type { Application } from '../application.ts'
import type { Database } from '../core/ports.ts'
import { byLogin, migrate, passwordsByName, type ContextKey, type LoginRole } from '../foundation/tenancy/index.ts'
import type { UpheldOptions } from '../options.ts'
import { prepareDatabase } from '../prepare.ts'
import { upheld, type Upheld } from '../upheld.ts'
import { testDatabase, testServer, type TestServer } from './server.ts'

/** An application's database, prepared as `npm start` prepares it, in a database of one test's own. */
export interface TestPlatform {
  readonly upheld: Upheld
  /** Superuser, for looking past the walls. */
  readonly admin: Database
  readonly adminUrl: string
  /** Each login with its password: what a thief of it would hold. */
  readonly urls: Readonly<Record<LoginRole, string>>
  /** The key that contexts are signed with here. */
  readonly key: ContextKey
  /** Where keys and objects are, as upheld() takes it. */
  readonly custody: Pick<UpheldOptions, 'vault' | 'objects'>
  /** And the keys of people. */
  readonly people: { readonly pepperFile: string; readonly guessKeyFile: string; readonly supportKeyFile: string }
  /** For keys and objects of scratch copies. */
  readonly scratch: string
  /** Closes everything and drops the database. */
  close(): Promise<void>
}

/** Roles belong to the whole server: all who test on it arrive at the same password for each of them. */
export function testPassword(server: TestServer): string {
  return createHash('sha256').update(`test logins of ${server.adminUrl}`).digest('hex')
}

/**
 * Tenancy and the record of proof installed, migrations run, nothing seeded. A test that changes roles, which belong
 * to the whole server, brings a server of its own.
 */
export async function testPlatform(
  application: Pick<Application, 'tenantSchemas' | 'migrations'>,
  ownServer?: TestServer,
  { cell = '0000', engine }: { readonly cell?: string; readonly engine?: 'citus' } = {},
): Promise<TestPlatform> {
  const server = ownServer ?? (await testServer())
  const database = await testDatabase(server)
  const admin = openDatabase(database.adminUrl)
  const key: ContextKey = Object.freeze({ id: '01', cell, secret: randomBytes(32) })
  const password = testPassword(server)
  await prepareDatabase(admin, {
    tenantSchemas: application.tenantSchemas,
    key,
    ...(engine === undefined ? {} : { engine }),
    passwords: passwordsByName(() => password),
  })
  const urls = byLogin((_, name) => database.urlFor(name, password))
  const migrator = openDatabase(urls.migrate, { connectionsMax: 1 })
  try {
    await migrate(migrator, application.migrations)
  } finally {
    await migrator.close()
  }
  const folder = mkdtempSync(join(tmpdir(), 'upheld-keys-'))
  const custody = testCustody(folder)
  const platform = upheld(
    { databaseUrl: urls.app, staffDatabaseUrl: urls.staff, contextKeyFile: 'in memory', ...custody },
    { contextKeys: { current: () => key } },
  )
  return Object.freeze({
    upheld: platform,
    admin,
    adminUrl: database.adminUrl,
    urls,
    key,
    custody,
    people: {
      pepperFile: join(folder, 'peppers'),
      guessKeyFile: join(folder, 'guess.key'),
      supportKeyFile: join(folder, 'support.key'),
    },
    scratch: join(folder, 'scratch'),
    async close() {
      await platform.close()
      await admin.close()
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  })
}

/** Keys and objects below one folder, which is there already. */
function testCustody(folder: string): Pick<UpheldOptions, 'vault' | 'objects'> {
  return {
    vault: {
      deployment: 'test',
      rootKeyFile: join(folder, 'root.key'),
      keyFolder: join(folder, 'vault'),
      floorsFile: join(folder, 'floors.json'),
    },
    objects: { folder: join(folder, 'objects'), linkKeyFile: join(folder, 'links.key') },
  }
}
