import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { lint, type LintReport } from '../../src/proof/lint/index.ts'
import { testPlatform, type TestPlatform } from '../../src/testing/index.ts'

const systems = [
  { tenantSchemas: ['desk'], migrations: new URL('../../../desk/migrations/', import.meta.url) },
  { tenantSchemas: ['clinic'], migrations: new URL('../schemas/clinic/', import.meta.url) },
  { tenantSchemas: ['odd'], migrations: new URL('../schemas/odd/', import.meta.url) },
]

/** The release of the server is told apart: the tests run on whatever there is. */
function said(report: LintReport): string[] {
  return [
    ...report.findings.filter(one => one.rule !== 'server.release').map(one => `${one.rule} at ${one.place.label}`),
    ...report.unproven.map(one => `${one.rule} unproven: ${one.why}`),
  ]
}

async function aTable({ admin }: TestPlatform): Promise<string> {
  const { rows } = await admin.query(
    `select c.oid::regclass::text as label from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join upheld_guard.tenant_schema t on t.name = n.nspname where c.relkind = 'r' order by 1 limit 1`,
  )
  return String(rows[0]?.['label'])
}

for (const system of systems) {
  test(`a system built on Upheld has no finding and nothing unproven, and every login sees the same: ${system.tenantSchemas.join()}`, async () => {
    const platform = await testPlatform(system)
    const logins = Object.entries(platform.urls).map(([role, url]) => ({ role, database: openDatabase(url) }))
    try {
      const report = await lint(platform.admin)
      assert.deepEqual(said(report), [])
      assert.deepEqual(report.tenantColumn, { name: 'organization_id', type: 'uuid', how: 'upheld' })
      assert.deepEqual([report.appRoles, report.unseen], [['upheld_app'], []])
      assert.ok((report.population['tenantTables'] ?? 0) > 3)
      for (const { role, database } of logins) assert.deepEqual(said(await lint(database)), [], `as ${role} sees it`)
      await platform.admin.query(
        `set session_replication_role = 'replica'; create policy more on ${await aTable(platform)} using (true)`,
      )
      const holes = said(await lint(platform.admin)).toSorted()
      assert.ok(holes.length > 0)
      for (const { role, database } of logins)
        assert.deepEqual(said(await lint(database)).toSorted(), holes, `a hole as ${role} sees it`)
    } finally {
      await Promise.all(logins.map(({ database }) => database.close()))
      await platform.close()
    }
  })
}
