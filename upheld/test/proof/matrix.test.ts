import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { instrumentsOf, type ProvenClaim } from '../../src/proof/claims/index.ts'
import { provenClaims } from '../../src/proof/probes/index.ts'
import { proveSystem, type ProvenSystem } from './system.ts'

// That each instrument notices what it is meant to is tested with the claims; here, that nobody is let off by a lie.

const clinic = { tenantSchemas: ['clinic'], migrations: new URL('../schemas/clinic/', import.meta.url) }
const published = readFileSync(new URL('../../../docs/reference/kill-matrix.md', import.meta.url), 'utf8')
const several = provenClaims.filter(claim => claim.instruments !== undefined)

suite('what is declared beyond an instrument', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(clinic)
  })
  after(() => system.close())

  for (const claim of several) {
    for (const instrument of instrumentsOf(claim)) {
      const excused = claim.sabotages.filter(({ beyond = {} }) => Object.hasOwn(beyond, instrument.name))
      if (excused.length === 0) continue
      test(`${claim.id}: the ${instrument.name} indeed does not notice any of the ${excused.length}: no reason is a lie`, async () => {
        const sabotages = excused.map(one => ({ ...one, beyond: {} }))
        const record = await system.run(claim, { instruments: [instrument], sabotages, timeoutSecs: 900 })
        assert.deepEqual(
          record.sabotages.map(({ name, outcome, noticed }) => [name, outcome, noticed]),
          excused.map(({ name }) => [name, 'missed', []]),
          record.note,
        )
      })
    }
  }

  test('a mutation that breaks nothing is a hole, not a pass', async () => {
    const [claim] = several
    assert.ok(claim)
    const harmless = {
      name: 'harmless',
      says: 'somebody looked and went away again',
      source: import.meta.url,
      apply: async (twin: Parameters<ProvenClaim['sabotages'][number]['apply']>[0]) => twin,
    }
    const record = await system.run(claim, { sabotages: [harmless] })
    assert.deepEqual([record.verdict, record.reason], ['unproven', 'sabotage_missed'])
    assert.equal(record.note, 'Not noticed: harmless by linter and prober.')
  })
})

suite('the kill matrix', () => {
  test('has at least sixty ways to break what is promised, each by its own name and words', () => {
    const all = several.flatMap(claim => claim.sabotages)
    assert.ok(all.length >= 60, `${all.length} mutations`)
    for (const { sabotages } of several) {
      assert.equal(new Set(sabotages.map(({ says }) => says)).size, sabotages.length)
    }
    for (const { beyond = {} } of all) assert.ok(Object.keys(beyond).length <= 1)
  })

  test('as published, is of today and has no hole: every mutation by every instrument, noticed or with a reason', () => {
    for (const claim of several) {
      const [, part = ''] = published.split(`\n## ${claim.id}\n`)
      const rows = (part.split('\n## ')[0] ?? '').split('\n').filter(line => /^\| .*`[a-z-]+`\s*\|/.test(line))
      const names = rows.map(line => /`([a-z-]+)`\s*\|/.exec(line)?.[1])
      assert.deepEqual(
        names,
        claim.sabotages.map(({ name }) => name),
        'npm run matrix makes it anew',
      )
      for (const row of rows) {
        const cells = row.split(/(?<!\\)\|/).slice(2, -1)
        assert.equal(cells.length, instrumentsOf(claim).length)
        for (const cell of cells) assert.match(cell, /^ (\d+ ms, \S.*|– \S.*) $/, row)
      }
      assert.match(part, /\*\*upheld\*\*/)
    }
  })
})
