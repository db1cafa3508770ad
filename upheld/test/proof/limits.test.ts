import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { limitsEnforced } from '../../src/proof/probes/limits-enforced/claim.ts'
import { peopleApplication } from './people-application.ts'
import { proveSystem, type ProvenSystem } from './system.ts'
import { unseenLimits } from './unseen-doors.ts'

suite('the doors of a shop', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(peopleApplication)
  })
  after(() => system.close())

  test('take no more than they can; each sabotage is caught, and those that the claim does not know as well', async context => {
    const sabotages = [...limitsEnforced.sabotages, ...unseenLimits]
    const record = await system.run(limitsEnforced, { sabotages })
    assert.equal(record.verdict, 'upheld', JSON.stringify(record))
    assert.deepEqual(
      record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
      [],
    )
    assert.equal(record.sabotages.length, sabotages.length)
    context.diagnostic(`one run with ${sabotages.length} sabotages: ${record.duration_ms} ms`)
  })
})
