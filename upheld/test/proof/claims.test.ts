import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { provenClaims } from '../../src/proof/probes/index.ts'
import { clinicDoor } from '../routes/clinic.ts'
import { proveSystem, type ProvenSystem } from './system.ts'

const clinic = {
  tenantSchemas: ['clinic'],
  migrations: new URL('../schemas/clinic/', import.meta.url),
  ...clinicDoor({ newId: () => String(randomInt(1e8, 1e9)), note: 'note' }),
}

/** Tried with all their sabotages on the desk, in files of their own: encryption, objects, audit-complete, logs. */
const onTheDesk = new Set([
  'encryption.fields',
  'encryption.keys',
  'encryption.at-rest',
  'isolation.objects',
  'audit.complete',
])

/** Tried where Upheld keeps the people: each has a test of its own beside this one. */
const ofPeople = new Set([
  'passwords.hashed',
  'mfa.enforced',
  'takeover.blocked',
  'limits.enforced',
  'sessions.sound',
  'roles.enforced',
  'support.by-consent',
  'access.reviewed',
  'widget.scoped',
])

suite('each claim holds on a sound system and notices each of its sabotages', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(clinic)
  })
  after(() => system.close())

  for (const claim of provenClaims.filter(({ id }) => !onTheDesk.has(id) && !ofPeople.has(id))) {
    test(claim.id, async () => {
      const record = await system.run(claim)
      assert.deepEqual(
        record.sabotages.filter(one => one.outcome !== 'caught'),
        [],
      )
      assert.deepEqual([record.verdict, record.reason, record.note], ['upheld', 'held', ''])
      assert.equal(record.sabotages.length, claim.sabotages.length)
      assert.ok(record.observations >= claim.observationsMin, `${record.observations} observations`)
    })
  }

  for (const claim of provenClaims.filter(({ id }) => ofPeople.has(id))) {
    test(`${claim.id} is unproven where the application keeps its people itself`, async () => {
      assert.equal((await system.run(claim)).verdict, 'unproven')
    })
  }
})
