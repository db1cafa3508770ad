import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { sessionsSound } from '../../src/proof/probes/sessions-sound/claim.ts'
import { peopleApplication } from './people-application.ts'
import { proveSystem, type ProvenSystem } from './system.ts'
import { unseenEnds, unseenSessions } from './unseen-ends.ts'

suite('sessions of a shop', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(peopleApplication)
  })
  after(() => system.close())

  test('begin, hold and end as promised; each sabotage is caught, and those that the claim does not know as well', async context => {
    const sabotages = [...sessionsSound.sabotages, ...unseenSessions, ...unseenEnds]
    const record = await system.run(sessionsSound, { sabotages })
    assert.equal(record.verdict, 'upheld', JSON.stringify(record))
    assert.deepEqual(
      record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
      [],
    )
    assert.equal(record.sabotages.length, sabotages.length)
    context.diagnostic(`one run with ${sabotages.length} sabotages: ${record.duration_ms} ms`)
  })
})
