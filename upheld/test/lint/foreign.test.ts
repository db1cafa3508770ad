import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { LintReport } from '../../src/proof/lint/index.ts'
import { foreignSchemas } from './foreign/index.ts'
import { openYard, type Yard } from './yard.ts'

function saidBy(report: LintReport): string[] {
  return [
    ...report.findings.map(finding => `${finding.rule} at ${finding.place.label}`),
    ...report.unproven.map(one => `${one.rule} unproven: ${one.why.replace(/: .*/, '')}`),
    ...report.unseen.map(one => `unseen: ${one.section}`),
  ].sort()
}

suite('schemas that never heard of Upheld', { concurrency: 3 }, () => {
  let yard: Yard
  before(async () => {
    yard = await openYard()
  })
  after(() => yard.close())

  for (const schema of foreignSchemas) {
    test(`${schema.name}: every hole is found, and its clean twin is clean`, async () => {
      const plot = await yard.open('bare')
      try {
        await plot.run(schema.build)
        const already = [...yard.standing, ...schema.already.map(plot.spell)]
        const clean = await plot.lint()
        assert.deepEqual(clean.tenantColumn, { name: schema.tenantColumn, type: schema.type, how: 'found' })
        assert.deepEqual(saidBy(clean), [...already].sort())

        await plot.run(schema.holes)
        const planted = await plot.lint()
        assert.deepEqual(saidBy(planted), [...already, ...schema.found.map(plot.spell)].sort())
      } finally {
        await plot.close()
      }
    })
  }
})
