import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { takeoverBlocked } from '../../src/proof/probes/takeover-blocked/claim.ts'
import { peopleApplication } from './people-application.ts'
import { proveSystem, type ProvenSystem } from './system.ts'
import { unseenGuesses } from './unseen-doors.ts'

suite('accounts of a shop', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(peopleApplication)
  })
  after(() => system.close())

  test('are closed to guesses and open to their owners; each sabotage is caught, and those that the claim does not know as well', async context => {
    const sabotages = [...takeoverBlocked.sabotages, ...unseenGuesses]
    const record = await system.run(takeoverBlocked, { sabotages })
    assert.equal(record.verdict, 'upheld', JSON.stringify(record))
    assert.deepEqual(
      record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
      [],
    )
    assert.equal(record.sabotages.length, sabotages.length)
    context.diagnostic(`one run with ${sabotages.length} sabotages: ${record.duration_ms} ms`)
  })
})
