import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { encryptionAtRest } from '../../src/proof/probes/encryption-at-rest/claim.ts'
import { isolationObjects } from '../../src/proof/probes/isolation-objects/claim.ts'
import { unseenAtRest, unseenOfObjects } from './unseen-objects.ts'
import { proveSystem, type ProvenSystem } from './system.ts'

const desk = { tenantSchemas: ['desk'], migrations: new URL('../../../desk/migrations/', import.meta.url) }

suite('objects', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(desk)
  })
  after(() => system.close())

  for (const [claim, unseen] of [
    [isolationObjects, unseenOfObjects],
    [encryptionAtRest, unseenAtRest],
  ] as const) {
    test(`${claim.id} holds, and what breaks it is noticed: what it knows of, and what it does not`, async () => {
      const record = await system.run(claim, { sabotages: [...claim.sabotages, ...unseen] })
      assert.deepEqual(
        record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
        [],
      )
      assert.deepEqual([record.verdict, record.note, record.findings], ['upheld', '', []])
      assert.equal(record.sabotages.length, claim.sabotages.length + unseen.length)
    })
  }
})
