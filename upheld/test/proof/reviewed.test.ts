import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { accessReviewed } from '../../src/proof/probes/access-reviewed/claim.ts'
import { peopleApplication } from './people-application.ts'
import { proveSystem, type ProvenSystem } from './system.ts'
import { unseenOfReviews } from './unseen-reviews.ts'

suite('access reviews of a shop', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(peopleApplication)
  })
  after(() => system.close())

  test('are held as promised; each sabotage is caught, and those that the claim does not know as well', async context => {
    const sabotages = [...accessReviewed.sabotages, ...unseenOfReviews]
    const record = await system.run(accessReviewed, { sabotages })
    assert.deepEqual([record.verdict, record.note, record.findings], ['upheld', '', []])
    assert.deepEqual(
      record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
      [],
    )
    assert.equal(record.sabotages.length, sabotages.length)
    context.diagnostic(`one run with ${sabotages.length} sabotages: ${record.duration_ms} ms`)
  })
})
