import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { rolesEnforced } from '../../src/proof/probes/roles-enforced/claim.ts'
import { peopleApplication } from './people-application.ts'
import { proveSystem, type ProvenSystem } from './system.ts'
import { unseenRoles } from './unseen-people.ts'

suite('roles of a shop', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(peopleApplication)
  })
  after(() => system.close())

  test('hold on every route; each sabotage is caught, and those that the claim does not know as well', async context => {
    const sabotages = [...rolesEnforced.sabotages, ...unseenRoles]
    const record = await system.run(rolesEnforced, { sabotages })
    assert.equal(record.verdict, 'upheld', JSON.stringify(record))
    assert.deepEqual(
      record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
      [],
    )
    assert.equal(record.sabotages.length, sabotages.length)
    context.diagnostic(`one run with ${sabotages.length} sabotages: ${record.duration_ms} ms`)
  })
})
