import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { openDatabase } from '../../../src/adapters/postgres/database.ts'
import { messageOf } from '../../../src/core/errors.ts'
import type { Database } from '../../../src/core/ports.ts'
import { readCatalogue } from '../../../src/foundation/catalogue/index.ts'
import { byLogin, passwordsByName } from '../../../src/foundation/tenancy/index.ts'
import { prepareDatabase } from '../../../src/prepare.ts'
import { lintCatalogue, type LintReport } from '../../../src/proof/lint/index.ts'
import { testServer, type TestServer } from '../../../src/testing/index.ts'
import { peersSay } from '../peers/supabase.ts'
import type { Planted } from './planted.ts'

/** A database of one case, with roles of its own. */
interface Plot {
  readonly admin: Database
  readonly url: string
  /** SQL with its placeholders filled in. */
  fill(text: string): string
  run(statements: readonly string[]): Promise<void>
  lint(): Promise<LintReport>
  /** The same, and what the list of a peer says, as `id object`. */
  lintWithPeers(): Promise<{ readonly report: LintReport; readonly theirs: readonly string[] }>
  close(): Promise<void>
}

/** Prepared databases to copy, and cases made from them. Roles belong to the whole server: every case has its own. */
export interface Field {
  readonly release: string
  has(extension: string): Promise<boolean>
  plot(on: Planted['on']): Promise<Plot>
  close(): Promise<void>
}

export async function openField(own?: TestServer): Promise<Field> {
  const server = own ?? (await testServer())
  const admin = openDatabase(server.adminUrl, { connectionsMax: 2 })
  const suffix = randomBytes(5).toString('hex')
  const templates = { foreign: `field_${suffix}`, upheld: `field_${suffix}_upheld` }
  for (const name of Object.values(templates)) await admin.query(`create database ${name} template template0`)
  await prepareForeign(urlIn(server, templates.foreign))
  await prepareUpheld(server, urlIn(server, templates.upheld))
  const [row] = (await admin.query("select current_setting('server_version') as version")).rows
  return Object.freeze({
    release: String(row?.['version']),
    async has(extension: string) {
      const { rows } = await admin.query('select from pg_available_extensions where name = $1', [extension])
      return rows.length > 0
    },
    plot: (on: Planted['on']) => plotOf(server, admin, templates[on], on),
    async close() {
      for (const name of Object.values(templates)) await admin.query(`drop database ${name} with (force)`)
      await admin.close()
    },
  })
}

/** What the linter asks of a foreign database before it is silent: the functions that nobody needs are closed. */
async function prepareForeign(url: string): Promise<void> {
  const database = openDatabase(url, { connectionsMax: 1 })
  try {
    const { systemRoutines } = await readCatalogue(database)
    for (const { label } of systemRoutines) await database.query(`revoke execute on function ${label} from public`)
  } finally {
    await database.close()
  }
}

async function prepareUpheld(server: TestServer, url: string): Promise<void> {
  const admin = openDatabase(url, { connectionsMax: 1 })
  try {
    const password = createHash('sha256').update(`test logins of ${server.adminUrl}`).digest('hex')
    const passwords = passwordsByName(() => password)
    const key = { id: '01', cell: '0000', secret: randomBytes(32) }
    await prepareDatabase(admin, { tenantSchemas: ['shop'], key, passwords })
    await admin.query('set role upheld_owner')
    await admin.query(
      `create table shop.customer (organization_id uuid not null, id uuid not null, name text not null, primary key (organization_id, id))`,
    )
    await admin.query(
      `create table shop.invoice (organization_id uuid not null, id uuid not null, customer_id uuid not null, amount bigint not null,
         primary key (organization_id, id),
         foreign key (organization_id, customer_id) references shop.customer (organization_id, id))`,
    )
  } finally {
    await admin.close()
  }
}

async function plotOf(server: TestServer, admin: Database, template: string, on: Planted['on']): Promise<Plot> {
  const suffix = randomBytes(5).toString('hex')
  const names: Readonly<Record<string, string>> = {
    db: `plot_${suffix}`,
    app: on === 'upheld' ? 'upheld_app' : `app_${suffix}`,
    owner: `owner_${suffix}`,
    other: `other_${suffix}`,
  }
  const fill = (text: string): string =>
    text.replace(/\{(db|app|owner|other)\}/g, (_, name: string) => names[name] ?? '')
  await again(() => admin.query(fill(`create database {db} template ${template}`)))
  await admin.query(fill('create role {owner} nologin'))
  await admin.query(fill('create role {other} login'))
  const url = urlIn(server, names['db'] ?? '')
  const own = openDatabase(url, { connectionsMax: 1 })
  if (on === 'foreign') {
    await admin.query(fill('create role {app} login'))
    await own.query(fill(readFileSync(new URL('shop.sql', import.meta.url), 'utf8')))
  } else {
    await own.query(fill('revoke all on database {db} from public'))
    const logins = Object.values(byLogin((_, login) => login)).join(', ')
    await own.query(fill(`grant connect on database {db} to ${logins}`))
  }
  const appRoles = [names['app'] ?? '']
  return {
    admin: own,
    url,
    fill,
    async run(statements) {
      for (const statement of statements) await again(() => own.query(fill(statement)))
    },
    lint: async () => lintCatalogue(await readCatalogue(own), { appRoles }),
    async lintWithPeers() {
      const catalogue = await readCatalogue(own)
      return { report: lintCatalogue(catalogue, { appRoles }), theirs: await peersSay(own, { appRoles }, catalogue) }
    },
    async close() {
      await own.close()
      await admin.query(fill('drop database {db} with (force)'))
      const { rows } = await admin.query('select rolname from pg_roles where rolname = any ($1)', [
        [`app_${suffix}`, `owner_${suffix}`, `other_${suffix}`, `app_${suffix}_owner`],
      ])
      for (const row of rows) {
        const role = String(row['rolname'])
        await again(async () => {
          await admin.query(`drop owned by ${role} cascade`)
          await admin.query(`drop role ${role}`)
        })
      }
    },
  }
}

/** Roles belong to the whole server, and a template must be alone: two cases at once may meet. Then: again. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const known = /tuple concurrently (updated|deleted)|deadlock detected|being accessed by other users/
      if (attempt === 20 || !known.test(messageOf(error))) throw error
    }
  }
}

function urlIn(server: TestServer, database: string): string {
  const url = new URL(server.adminUrl)
  url.pathname = `/${database}`
  return url.href
}
