import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditFiles, type AuditFiles } from '../../src/adapters/files/index.ts'
import { openBoundConnections } from '../../src/adapters/postgres/bound/index.ts'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { systemClock } from '../../src/core/clock.ts'
import type { Database, Row } from '../../src/core/ports.ts'
import { installAudit, openRecorder, type Recorder } from '../../src/foundation/audit/index.ts'
import {
  installTenancy,
  parseTenancyOptions,
  tenancy,
  type ContextKey,
  type Tenancy,
} from '../../src/foundation/tenancy/index.ts'
import { testDatabase, testServer, type TestServer } from '../../src/testing/server.ts'

export const host = 'northwind-desk.example'

/** A shop with every kind of table that a change can come through, and its audit logs, in a database of one test's own. */
export interface Lab {
  readonly server: TestServer
  readonly admin: Database
  /** Login upheld_record. */
  readonly record: Database
  readonly tenancy: Tenancy
  readonly key: ContextKey
  readonly urls: Readonly<Record<'admin' | 'app' | 'migrate' | 'record' | 'page', string>>
  readonly folder: string
  readonly files: AuditFiles
  readonly troubles: { readonly error: unknown; readonly organization: string | undefined }[]
  recorder(): Promise<Recorder>
  /** Until nothing waits any more. Gives the number of entries. */
  drain(recorder: Recorder): Promise<number>
  /** The bodies that wait, in their order. */
  pending(): Promise<Row[]>
  /** As the superuser, with every trigger of the log's own tables switched off. */
  tamper(...statements: readonly string[]): Promise<void>
  /** As the owner of the tables, as a migration does it. */
  migrate(statement: string): Promise<void>
  close(): Promise<void>
}

const tables = `
  create table shop.item (
    organization_id uuid not null references upheld_guard.organization (id),
    id uuid not null default gen_random_uuid(), name text not null default 'thing', n integer not null default 0,
    primary key (organization_id, id), unique (organization_id, name, n));
  create table shop.part (
    organization_id uuid not null, id integer not null, item_id uuid not null, stand_in uuid,
    primary key (organization_id, id),
    foreign key (organization_id, item_id) references shop.item (organization_id, id) on delete cascade,
    foreign key (organization_id, stand_in) references shop.item (organization_id, id) on delete set null (stand_in));
  create table shop.event (
    organization_id uuid not null, id bigint not null, day date not null, primary key (organization_id, id, day)
  ) partition by range (day);
  create table shop.event_old partition of shop.event for values from ('2020-01-01') to ('2026-01-01');
  create table shop.event_new partition of shop.event for values from ('2026-01-01') to ('2036-01-01');
  create table shop.subscriber (organization_id uuid not null, email text not null, primary key (organization_id, email));
  create table shop.note (organization_id uuid not null, text text);
  create view shop.open_item with (security_invoker = true) as select * from shop.item;
`

/** `audit: false` leaves the audit log out: what a change costs alone. */
export async function openLab(given: { readonly server?: TestServer; readonly audit?: boolean } = {}): Promise<Lab> {
  const server = given.server ?? (await testServer())
  const shop = await openShop(server, given.audit ?? true)
  const { admin, record, handle } = shop
  const folder = mkdtempSync(join(tmpdir(), 'audit-'))
  const files = auditFiles(folder)
  const troubles: { error: unknown; organization: string | undefined }[] = []
  return Object.freeze({
    server,
    admin,
    record,
    tenancy: handle,
    key: shop.key,
    urls: shop.urls,
    folder,
    files,
    troubles,
    recorder: () =>
      openRecorder({
        db: record,
        host,
        seeds: files.seeds(),
        anchor: files.anchor,
        onTrouble: (error, organization) => troubles.push({ error, organization }),
      }),
    async drain(recorder: Recorder) {
      let total = 0
      for (let logged = await recorder.step(); logged > 0; logged = await recorder.step()) total += logged
      return total
    },
    pending: async () => (await admin.query('select * from upheld_audit.pending order by seq')).rows,
    tamper: (...statements: readonly string[]) =>
      admin.transaction(async tx => {
        await tx.query(`set local session_replication_role = 'replica'`)
        for (const statement of statements) await tx.query(statement)
      }),
    migrate: shop.migrate,
    async close() {
      await handle.close()
      await record.close()
      await admin.close()
      await shop.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  })
}

interface Shop extends Pick<Lab, 'admin' | 'record' | 'key' | 'urls' | 'migrate'> {
  readonly handle: Tenancy
  drop(): Promise<void>
}

/** A database with the tables, the logins and the handle of the application. */
async function openShop(server: TestServer, audit: boolean): Promise<Shop> {
  const database = await testDatabase(server)
  const admin = openDatabase(database.adminUrl)
  // Roles belong to the whole server: all who test on it arrive at the same password.
  const password = createHash('sha256').update(`test logins of ${server.adminUrl}`).digest('hex')
  const key: ContextKey = Object.freeze({ id: '01', cell: '0000', secret: randomBytes(32) })
  const logins = ['upheld_app', 'upheld_migrate', 'upheld_record', 'upheld_page'] as const
  await installTenancy(admin, {
    tenantSchemas: ['shop'],
    key,
    passwords: Object.fromEntries(logins.map(login => [login, password])),
  })
  if (audit) await installAudit(admin)
  const url = (login: string): string => database.urlFor(login, password)
  const urls = {
    admin: database.adminUrl,
    app: url('upheld_app'),
    migrate: url('upheld_migrate'),
    record: url('upheld_record'),
    page: url('upheld_page'),
  }
  const migrate = (statement: string): Promise<void> => asOwner(urls.migrate, statement)
  await migrate(tables)
  const connections = openBoundConnections({
    url: urls.app,
    connectionsMax: 4,
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 60_000,
    pooler: false,
    citus: false,
  })
  const handle = tenancy(
    { connections, keys: { current: () => key }, clock: systemClock },
    parseTenancyOptions({ statementTimeoutMs: 60_000 }),
  )
  return { admin, record: openDatabase(urls.record), key, urls, migrate, handle, drop: () => database.drop() }
}

async function asOwner(url: string, statement: string): Promise<void> {
  const migrator = openDatabase(url, { connectionsMax: 1 })
  try {
    await migrator.transaction(async tx => {
      await tx.query('set local role upheld_owner')
      await tx.query(statement)
    })
  } finally {
    await migrator.close()
  }
}

/** Forgets what waits: between tests that look at pending alone. */
export async function clear(lab: Lab): Promise<void> {
  await lab.tamper('delete from upheld_audit.pending')
}
