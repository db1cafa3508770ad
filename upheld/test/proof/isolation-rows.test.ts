import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { isolationRows } from '../../src/proof/probes/isolation-rows/claim.ts'
import { proveSystem, type ProvenSystem } from './system.ts'

const clinic = { tenantSchemas: ['clinic'], migrations: new URL('../schemas/clinic/', import.meta.url) }

suite('isolation.rows', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(clinic)
  })
  after(() => system.close())

  test('holds on a sound system, and notices each of its sabotages', async () => {
    const record = await system.run(isolationRows)
    assert.deepEqual(
      record.sabotages.filter(one => one.outcome !== 'caught'),
      [],
    )
    assert.deepEqual([record.verdict, record.reason, record.note], ['upheld', 'held', ''])
    assert.equal(record.population['tables'], 4)
    assert.ok(record.observations >= isolationRows.observationsMin)
  })
})
