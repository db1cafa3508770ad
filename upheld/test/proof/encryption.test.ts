import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { encryptionFields } from '../../src/proof/probes/encryption-fields/claim.ts'
import { encryptionKeys } from '../../src/proof/probes/encryption-keys/claim.ts'
import { proveSystem, type ProvenSystem } from './system.ts'
import { unseenOfFields, unseenOfKeys } from './unseen-sealed.ts'

const desk = { tenantSchemas: ['desk'], migrations: new URL('../../../desk/migrations/', import.meta.url) }

suite('what is sealed', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(desk)
  })
  after(() => system.close())

  for (const [claim, unseen] of [
    [encryptionFields, unseenOfFields],
    [encryptionKeys, unseenOfKeys],
  ] as const)
    test(`${claim.id} holds, each of its sabotages is caught, and those that it does not know as well`, async () => {
      const record = await system.run(claim, { sabotages: [...claim.sabotages, ...unseen] })
      assert.equal(record.verdict, 'upheld', JSON.stringify(record))
      assert.deepEqual(
        record.sabotages.filter(({ outcome }) => outcome !== 'caught'),
        [],
      )
      assert.equal(record.sabotages.length, claim.sabotages.length + unseen.length)
    })
})
