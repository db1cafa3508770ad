import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { testClock, type TestClock } from '../../src/testing/people.ts'
import { outsiderPaths } from '../../src/proof/outsiders/index.ts'
import { readGrant, type Grant } from '../../src/proof/outsiders/grant.ts'
import { openLab, type Lab } from './lab.ts'

suite('strangers are let in, and no further', () => {
  let lab: Lab
  let clock: TestClock
  let grant: Grant
  before(async () => {
    clock = testClock()
    lab = await openLab({ clock, limits: { runs_per_place_and_hour: 2, runs_at_once: 3, requests_per_minute: 200 } })
    const begun = await lab.begin('192.0.2.1')
    assert.equal(begun.status, 201, begun.text)
    grant = readGrant(begun.text)
  })
  after(async () => {
    await lab.close()
    assert.deepEqual(lab.failures, [])
  })

  test('what is handed out opens the two organizations, each its own', async () => {
    const { headers = {} } = grant.a.roles['key'] ?? {}
    const own = await lab.ask('GET', `/api/v1/contacts/${grant.a.ids['contact'] ?? ''}`, { headers })
    assert.equal(own.status, 200, own.text)
    assert.ok(own.text.includes(grant.a.mark))
    const theirs = await lab.ask('GET', `/api/v1/contacts/${grant.b.ids['contact'] ?? ''}`, { headers })
    assert.equal(theirs.status, 404)
  })
})
