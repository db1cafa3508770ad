import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Database } from '../../src/core/ports.ts'
import { passwordsByName } from '../../src/foundation/tenancy/index.ts'
import { testDatabase, testPassword, testServer } from '../../src/testing/index.ts'

/** An invented schema of a team that never heard of Upheld. */
export interface Legacy {
  readonly name: 'shop' | 'clinic' | 'tracker'
  readonly schemas: string
  readonly tenantColumn: string
  readonly shared?: string
  /** What `@n@` in its file must be for so many rows and more. */
  readonly full: { readonly n: number; readonly rows: number }
  /** Each counts rows whose organization is not that of their tenant, without a word of the adoption's own. */
  readonly wrong: readonly string[]
}

const bug = '"🐛 re""port\n"'
const issueId = '"issue\nId"'

export const shop: Legacy = {
  name: 'shop',
  schemas: 'shop',
  tenantColumn: 'account_id',
  shared: 'country',
  full: { n: 640_000, rows: 635_000 },
  wrong: [
    'select count(*) - count(distinct organization_id) as wrong from shop.accounts',
    'select count(*) as wrong from shop.customers t join shop.accounts a on a.id = t.account_id where t.organization_id is distinct from a.organization_id',
    'select count(*) as wrong from shop.products t join shop.accounts a on a.id = t.account_id where t.organization_id is distinct from a.organization_id',
    'select count(*) as wrong from shop.orders t join shop.accounts a on a.id = t.account_id where t.organization_id is distinct from a.organization_id',
    'select count(*) as wrong from shop.ledger t join shop.accounts a on a.id = t.account_id where t.organization_id is distinct from a.organization_id',
    `select count(*) as wrong from shop.order_items t join shop.orders o on o.id = t.order_id and o.placed_on = t.placed_on
     where t.organization_id is distinct from o.organization_id`,
  ],
}

export const clinic: Legacy = {
  name: 'clinic',
  schemas: 'clinic,clinic_billing',
  tenantColumn: 'tenant_id',
  full: { n: 200_000, rows: 204_000 },
  wrong: [
    'select count(*) - count(distinct organization_id) as wrong from clinic.practices',
    'select count(*) as wrong from clinic.doctors t join clinic.practices p on p.slug = t.tenant_id where t.organization_id is distinct from p.organization_id',
    'select count(*) as wrong from clinic.patients t join clinic.practices p on p.slug = t.tenant_id where t.organization_id is distinct from p.organization_id',
    'select count(*) as wrong from clinic.visits t join clinic.patients p on p.id = t.patient_id where t.organization_id is distinct from p.organization_id',
    'select count(*) as wrong from clinic.notes t join clinic.visits p on p.id = t.visit_id where t.organization_id is distinct from p.organization_id',
    `select count(*) as wrong from clinic.attachments t left join clinic.visits v on v.id = t.visit_id left join clinic.notes n on n.id = t.note_id
     where t.organization_id is distinct from coalesce(v.organization_id, n.organization_id)`,
    'select count(*) as wrong from clinic_billing.invoices t join clinic.visits p on p.id = t.visit_id where t.organization_id is distinct from p.organization_id',
    `select count(*) as wrong from clinic_billing.lines t join clinic_billing.invoices i on i.number = t.invoice
     where t.organization_id is distinct from i.organization_id`,
  ],
}

export const tracker: Legacy = {
  name: 'tracker',
  schemas: 'tracker',
  tenantColumn: 'companyId',
  full: { n: 230_000, rows: 163_000 },
  wrong: [
    ...['Company', 'Member', 'Project'].map(
      table => `select count(*) as wrong from tracker."${table}" where organization_id is distinct from "companyId"`,
    ),
    'select count(*) as wrong from tracker."Issue" t join tracker."Project" p on p."id" = t."projectId" where t.organization_id is distinct from p."companyId"',
    `select count(*) as wrong from tracker.${bug} t join tracker."Issue" i on i."id" = t.${issueId}
     where t.organization_id is distinct from i.organization_id`,
  ],
}

export interface LegacyDatabase {
  readonly name: string
  readonly admin: Database
  readonly adminUrl: string
  /** The login of the old application, which owns every table. */
  readonly login: string
  readonly loginUrl: string
  urlFor(role: string, password: string): string
  close(): Promise<void>
}

/** A database of its own with that schema in it, and a login that belongs to this test alone. */
export async function openLegacy(legacy: Legacy, n = 1_000): Promise<LegacyDatabase> {
  const text = readFileSync(new URL(`./legacy/${legacy.name}.sql`, import.meta.url), 'utf8')
  return openWith(text, n)
}

/** A handful of rows in three tables, for tests that need no more. */
export const smallWords = ['--schema', 'mid', '--tenant-column', 'tenant'] as const

export function openSmall(): Promise<LegacyDatabase> {
  return openWith(readFileSync(new URL('./legacy/small.sql', import.meta.url), 'utf8'))
}

export async function openWith(text: string, n = 1_000): Promise<LegacyDatabase> {
  const database = await testDatabase(await testServer())
  const admin = openDatabase(database.adminUrl, { connectionsMax: 2 })
  const login = `legacy_${randomBytes(6).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  await admin.query(`create role ${login} login password '${password}'`)
  await admin.query(text.replaceAll('@login@', login).replaceAll('@n@', String(n)))
  await admin.query('vacuum analyze')
  return Object.freeze({
    name: database.name,
    admin,
    adminUrl: database.adminUrl,
    login,
    loginUrl: database.urlFor(login, password),
    urlFor: (role: string, secret: string) => database.urlFor(role, secret),
    async close() {
      await admin.query(`drop owned by ${login} cascade`)
      await admin.query(`drop role ${login}`)
      await admin.close()
      await database.drop()
    },
  })
}

/** The words that the command line wants for it. */
export function words(legacy: Legacy): readonly string[] {
  const shared = legacy.shared === undefined ? [] : ['--shared', legacy.shared]
  return ['--schema', legacy.schemas, '--tenant-column', legacy.tenantColumn, ...shared]
}

/**
 * A state folder for the last step, with the passwords that all tests of this server use: the roles are the server's.
 * `close` removes it.
 */
export async function openState(): Promise<{ readonly folder: string; readonly password: string; close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-adopt-'))
  const password = testPassword(await testServer())
  const logins = passwordsByName(() => password)
  mkdirSync(join(folder, 'keys'), { mode: 0o700 })
  writeFileSync(join(folder, 'keys', 'logins.json'), JSON.stringify(logins), { mode: 0o600 })
  return { folder, password, close: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Rows of every table of these schemas. */
export async function countRows(admin: Database, schemas: string): Promise<number> {
  let sum = 0
  for (const label of await tablesOf(admin, schemas)) {
    const { rows } = await admin.query(`select count(*)::int as n from only ${label}`)
    sum += Number(rows[0]?.['n'])
  }
  return sum
}

/** One digest for each table that holds rows: every column of every row. */
export async function digests(admin: Database, schemas: string): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, string>()
  for (const label of await tablesOf(admin, schemas)) {
    const { rows } = await admin.query(
      `select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0)::text as digest from only ${label} t`,
    )
    all.set(label, String(rows[0]?.['digest']))
  }
  return all
}

async function tablesOf(admin: Database, schemas: string): Promise<readonly string[]> {
  const { rows } = await admin.query(
    `select format('%I.%I', n.nspname, c.relname) as label from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any ($1::text[]) and c.relkind = 'r' order by 1`,
    [schemas.split(',')],
  )
  return rows.map(row => String(row['label']))
}

/** Counts of rows with a wrong organization, one for each question of the legacy. */
export async function wrongRows(admin: Database, legacy: Legacy): Promise<readonly number[]> {
  const counts: number[] = []
  for (const question of legacy.wrong) {
    const { rows } = await admin.query(question)
    counts.push(Number(rows[0]?.['wrong']))
  }
  return counts
}
