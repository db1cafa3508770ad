import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { passwordsHashed } from '../../src/proof/probes/passwords-hashed/claim.ts'
import { peopleApplication } from './people-application.ts'
import { proveSystem, type ProvenSystem } from './system.ts'
import { unseenPasswords } from './unseen-hashes.ts'

suite('passwords of a shop', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(peopleApplication)
  })
  after(() => system.close())

  test('are hashed as promised; each sabotage is caught, and those that the claim does not know as well', async context => {
    const sabotages = [...passwordsHashed.sabotages, ...unseenPasswords]
    const record = await system.run(passwordsHashed, { sabotages })
    assert.equal(record.verdict, 'upheld', JSON.stringify(record))
    assert.deepEqual(
      record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
      [],
    )
    assert.equal(record.sabotages.length, sabotages.length)
    context.diagnostic(`one run with ${sabotages.length} sabotages: ${record.duration_ms} ms`)
  })
})
