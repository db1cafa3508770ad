import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { widgetScoped } from '../../src/proof/probes/widget-scoped/claim.ts'
import { peopleApplication } from './people-application.ts'
import { proveSystem, type ProvenSystem } from './system.ts'
import { unseenWidget } from './unseen-widget.ts'

suite('the widget of a shop', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(peopleApplication)
  })
  after(() => system.close())

  test('lets one visitor do what visitors may; each sabotage is caught, and those that the claim does not know as well', async context => {
    const sabotages = [...widgetScoped.sabotages, ...unseenWidget]
    const record = await system.run(widgetScoped, { sabotages })
    assert.equal(record.verdict, 'upheld', JSON.stringify(record, undefined, 1))
    assert.deepEqual(
      record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
      [],
    )
    assert.equal(record.sabotages.length, sabotages.length)
    context.diagnostic(`one run with ${sabotages.length} sabotages: ${record.duration_ms} ms`)
  })
})
