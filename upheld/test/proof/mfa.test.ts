import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { mfaEnforced } from '../../src/proof/probes/mfa-enforced/claim.ts'
import { peopleApplication } from './people-application.ts'
import { proveSystem, type ProvenSystem } from './system.ts'
import { unseenFactors } from './unseen-doors.ts'
import { unseenProofs } from './unseen-factors.ts'

suite('second factors of a shop', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(peopleApplication)
  })
  after(() => system.close())

  test('are asked for as promised; each sabotage is caught, and those that the claim does not know as well', async context => {
    const sabotages = [...mfaEnforced.sabotages, ...unseenFactors, ...unseenProofs]
    const record = await system.run(mfaEnforced, { sabotages })
    assert.equal(record.verdict, 'upheld', JSON.stringify(record))
    assert.deepEqual(
      record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
      [],
    )
    assert.equal(record.sabotages.length, sabotages.length)
    context.diagnostic(`one run with ${sabotages.length} sabotages: ${record.duration_ms} ms`)
  })
})
