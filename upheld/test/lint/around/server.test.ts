import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { openDatabase } from '../../../src/adapters/postgres/database.ts'
import { startPostgres, type EmbeddedPostgres } from '../../../src/adapters/postgres/embedded/index.ts'
import { readCatalogue } from '../../../src/foundation/catalogue/index.ts'
import { lintCatalogue } from '../../../src/proof/lint/index.ts'
import { openField, type Field } from './harness.ts'

/** What only a server of one's own can have: other roles of Upheld, replication slots, another release. */
suite('holes of a whole server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-lint-'))
  let server: EmbeddedPostgres
  let field: Field
  before(async () => {
    server = await withLogicalDecoding(folder)
    field = await openField({ adminUrl: server.adminUrl, stop: async () => undefined })
  })
  after(async () => {
    await field.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  // Whoever cannot come into the database opens nothing in it.
  const connects = 'grant connect on database {db} to {other}'
  // Who is a member of Upheld's roles is the same in every database: on a shared server other tests would see it.
  for (const [rule, hole, ...plant] of [
    ['upheld.roles', 'the application is a superuser', 'alter role upheld_app superuser'],
    ['upheld.roles', 'the login for migrations bypasses row security', 'alter role upheld_migrate bypassrls inherit'],
    ['upheld.roles', 'one logs in as the guard', 'alter role upheld_guard login'],
    ['upheld.roles', 'the application is a member of the owner', 'grant upheld_owner to upheld_app'],
    [
      'upheld.roles',
      'the login for migrations may add members to the owner',
      'grant upheld_owner to upheld_migrate with admin option',
    ],
    ['upheld.roles', 'the page may read all data', 'grant pg_read_all_data to upheld_page'],
    ['upheld.guard-owned', 'another login is a member of the guard', 'grant upheld_guard to {other}', connects],
    ['upheld.owner-members', 'another login is a member of the owner', 'grant upheld_owner to {other}', connects],
    ['upheld.owner-members', 'another login is a member of the application', 'grant upheld_app to {other}', connects],
  ] as const) {
    test(`${rule}: ${hole}; mended, nothing is left`, async () => {
      const plot = await field.plot('upheld')
      try {
        assert.deepEqual(saidBy(rule, await plot.lint()), [])
        await plot.run(plant)
        const found = (await plot.lint()).findings.filter(one => one.rule === rule)
        assert.notEqual(found.length, 0)
        await plot.run(found.flatMap(({ mend }) => mend))
        assert.deepEqual(saidBy(rule, await plot.lint()), [])
      } finally {
        await plot.close()
      }
    })
  }

  test('outflow.slot: changes are decoded; dropped, nothing is left', async () => {
    const plot = await field.plot('foreign')
    try {
      await plot.run([`select pg_catalog.pg_create_physical_replication_slot('bytes_only')`])
      assert.deepEqual((await plot.lint()).findings.filter(isSlot), [])
      await plot.run([`select pg_catalog.pg_create_logical_replication_slot('leak', 'pgoutput')`])
      const found = (await plot.lint()).findings.filter(isSlot)
      assert.match(found[0]?.saw ?? '', /The slot leak decodes every change/)
      await plot.run(found.flatMap(({ mend }) => mend))
      assert.deepEqual((await plot.lint()).findings.filter(isSlot), [])
    } finally {
      await plot.run([`select pg_catalog.pg_drop_replication_slot('bytes_only')`])
      await plot.close()
    }
  })

  test('upheld.event-trigger: a server that runs no event triggers is seen', async context => {
    const plot = await field.plot('upheld')
    try {
      const { rows } = await plot.admin.query("select from pg_catalog.pg_settings where name = 'event_triggers'")
      if (rows.length === 0) {
        context.diagnostic('this release cannot switch event triggers off')
        return
      }
      await plot.run(['alter database {db} set event_triggers = off'])
      const again = openDatabase(plot.url, { connectionsMax: 1 })
      const report = lintCatalogue(await readCatalogue(again), { appRoles: ['upheld_app'] })
      await again.close()
      assert.match(report.findings.find(({ rule }) => rule === 'upheld.event-trigger')?.saw ?? '', /runs no event/)
    } finally {
      await plot.close()
    }
  })

  test('server.release: a leaking release is found, one that we have not read is unproven, a mended one is silent', async () => {
    const plot = await field.plot('foreign')
    try {
      const catalogue = await readCatalogue(plot.admin)
      const of = (version: string): string => {
        const report = lintCatalogue({ ...catalogue, server: { ...catalogue.server, version } })
        const found = report.findings.find(({ rule }) => rule === 'server.release')
        const unsure = report.unproven.find(({ rule }) => rule === 'server.release')
        return found?.saw ?? unsure?.why ?? 'silent'
      }
      assert.match(of('15.19 (Debian 15.19-0+deb12u1)'), /CVE-2026-120154.*Install Postgres 15\.20 or later/)
      assert.match(of('18.4'), /CVE-2026-6471/)
      assert.match(of('14.24'), /past its end of life/)
      assert.match(of('18.7'), /^18\.7: .*have not read/)
      assert.match(of('19.0'), /newer than the releases/)
      assert.match(of('19beta1'), /none that is known/)
      assert.equal(of('15.20 (Debian 15.20-0+deb12u1)'), 'silent')
    } finally {
      await plot.close()
    }
  })
})

function saidBy(
  rule: string,
  report: { readonly findings: readonly { readonly rule: string; readonly saw: string }[] },
): readonly string[] {
  return report.findings.filter(one => one.rule === rule).map(({ saw }) => saw)
}

function isSlot({ rule }: { readonly rule: string }): boolean {
  return rule === 'outflow.slot'
}

/** The level of the log can only be changed by starting anew. */
async function withLogicalDecoding(folder: string): Promise<EmbeddedPostgres> {
  const first = await startPostgres({ folder, testOnlyWithoutFsync: true })
  const admin = openDatabase(first.adminUrl, { connectionsMax: 1 })
  await admin.query(`alter system set wal_level = 'logical'`)
  await admin.close()
  await first.stop()
  return startPostgres({ folder, testOnlyWithoutFsync: true })
}
