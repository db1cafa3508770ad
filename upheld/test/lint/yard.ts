import { randomBytes } from 'node:crypto'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import type { Database } from '../../src/core/ports.ts'
import { lint, type LintFinding, type LintOptions, type LintReport } from '../../src/proof/lint/index.ts'
import {
  startTestServer,
  testDatabase,
  testServer,
  type TestDatabase,
  type TestServer,
} from '../../src/testing/index.ts'
import { base, baseRoles } from './base.ts'

/** Databases to plant holes in, with roles of this run's own. */
export interface Yard {
  /** A new database with the base in it; `bare` without. */
  open(kind?: 'base' | 'bare'): Promise<Plot>
  /** What no statement mends: the release of the server. */
  readonly standing: readonly string[]
  close(): Promise<void>
}

export interface Plot {
  readonly database: Database
  readonly adminUrl: string
  /** Names in braces become roles of this run. */
  readonly spell: (text: string) => string
  run(sql: string): Promise<void>
  lint(options?: LintOptions): Promise<LintReport>
  /** Runs the statements of findings, in order. */
  mend(findings: readonly Pick<LintFinding, 'mend'>[]): Promise<void>
  /** Ends its connections, and leaves the database. */
  leave(): Promise<void>
  close(): Promise<void>
}

export async function openYard(ownServer = false): Promise<Yard> {
  const server = ownServer ? await startTestServer() : await testServer()
  const prefix = `lint_${randomBytes(4).toString('hex')}`
  // The base's roles are the same in all its copies; any other belongs to one plot.
  const speller =
    (plot: number) =>
    (text: string): string =>
      text.replaceAll(/\{([a-z]\w*)\}/g, (_, name: string) =>
        /^(owner|guard|app)$/.test(name) ? `${prefix}_${name}` : `${prefix}_${plot}_${name}`,
      )
  let plots = 0
  const template = await testDatabase(server)
  const first = plotOn(template, speller(0))
  await first.run(baseRoles)
  await first.run(base)
  // What a new server leaves open to PUBLIC is closed by the linter's own statements, and then nothing may be left.
  await first.mend((await first.lint()).findings)
  const standing = (await first.lint()).findings.map(finding => `${finding.rule} at ${finding.place.label}`)
  await first.leave()
  return Object.freeze({
    standing,
    async open(kind: 'base' | 'bare' = 'base') {
      plots += 1
      const place = await copyOf(server, template)
      const names = speller(plots)
      const plot = plotOn(place, text => names(text.replaceAll('{database}', place.name)))
      if (kind === 'bare') await plot.run('drop schema shop cascade; drop schema keys cascade')
      return plot
    },
    async close() {
      await template.drop()
      await dropRoles(server, prefix)
      if (ownServer) await server.stop()
    },
  })
}

async function copyOf(server: TestServer, template: TestDatabase): Promise<TestDatabase> {
  const copy = await testDatabase(server)
  const admin = openDatabase(server.adminUrl, { connectionsMax: 1 })
  try {
    await admin.query(`drop database ${copy.name}`)
    await admin.query(`create database ${copy.name} template ${template.name}`)
    // Rights on a database are not part of what is copied.
    await admin.query(`revoke all on database ${copy.name} from public`)
  } finally {
    await admin.close()
  }
  return copy
}

function plotOn(place: TestDatabase, spell: (text: string) => string): Plot {
  const database = openDatabase(place.adminUrl, { connectionsMax: 2 })
  const session = openDatabase(place.adminUrl, { connectionsMax: 1 })
  const run = async (sql: string): Promise<void> => {
    await session.query(spell(sql))
  }
  const leave = async (): Promise<void> => {
    await Promise.all([session.close(), database.close()])
  }
  return Object.freeze({
    database,
    adminUrl: place.adminUrl,
    spell,
    run,
    lint: (options?: LintOptions) => lint(database, options),
    async mend(findings: readonly Pick<LintFinding, 'mend'>[]) {
      for (const statement of findings.flatMap(finding => finding.mend)) await session.query(statement)
    },
    leave,
    async close() {
      await leave()
      await place.drop()
    },
  })
}

/** Rights on shared objects and on the database that is left hold a role: they go first. */
async function dropRoles(server: TestServer, prefix: string): Promise<void> {
  const admin = openDatabase(server.adminUrl, { connectionsMax: 1 })
  try {
    const { rows } = await admin.query("select rolname from pg_roles where rolname like $1 || '\\_%'", [prefix])
    const names = rows.map(row => `"${String(row['rolname'])}"`)
    if (names.length > 0) await admin.query(`drop owned by ${names.join(', ')}; drop role ${names.join(', ')}`)
  } finally {
    await admin.close()
  }
}
