import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../src/adapters/postgres/database.ts'
import { lint, type LintReport } from '../../src/proof/lint/index.ts'
import { testPlatform } from '../../src/testing/index.ts'

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

for (const system of systems) {
  test(`a system built on Upheld has no finding and nothing unproven: ${system.tenantSchemas.join()}`, async () => {
    const platform = await testPlatform(system)
    const page = openDatabase(platform.urls.page)
    try {
      const report = await lint(platform.admin)
      assert.deepEqual(said(report), [])
      assert.deepEqual(report.tenantColumn, { name: 'organization_id', type: 'uuid', how: 'upheld' })
      assert.deepEqual([report.appRoles, report.unseen], [['upheld_app'], []])
      assert.ok((report.population['tenantTables'] ?? 0) > 3)
      assert.deepEqual(said(await lint(page)), [], 'nor as a login of few rights sees it')
    } finally {
      await page.close()
      await platform.close()
    }
  })
}
