import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { supportByConsent } from '../../src/proof/probes/support-consent/claim.ts'
import { peopleApplication } from './people-application.ts'
import { proveSystem, type ProvenSystem } from './system.ts'
import { unseenOfSupport } from './unseen-support.ts'

suite('support by consent in a shop', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(peopleApplication)
  })
  after(() => system.close())

  test('holds; each sabotage is caught, and those that the claim does not know as well', async context => {
    const sabotages = [...supportByConsent.sabotages, ...unseenOfSupport]
    const record = await system.run(supportByConsent, { sabotages })
    assert.deepEqual([record.verdict, record.note, record.findings], ['upheld', '', []])
    assert.deepEqual(
      record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
      [],
    )
    assert.equal(record.sabotages.length, sabotages.length)
    context.diagnostic(`one run with ${sabotages.length} sabotages: ${record.duration_ms} ms`)
  })
})
