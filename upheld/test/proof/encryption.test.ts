import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { encryptionFields } from '../../src/proof/probes/encryption-fields/claim.ts'
import { encryptionKeys } from '../../src/proof/probes/encryption-keys/claim.ts'
import { proveSystem, type ProvenSystem } from './system.ts'

const desk = { tenantSchemas: ['desk'], migrations: new URL('../../../desk/migrations/', import.meta.url) }

suite('what is sealed', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(desk)
  })
  after(() => system.close())

  for (const claim of [encryptionFields, encryptionKeys])
    test(`${claim.id} holds, and each of its sabotages is caught`, async () => {
      const record = await system.run(claim)
      assert.deepEqual(
        record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
        [],
      )
      assert.equal(record.verdict, 'upheld', JSON.stringify(record))
    })
})
