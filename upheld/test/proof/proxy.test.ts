import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { Finding } from '../../src/proof/claims/index.ts'
import { provenClaims } from '../../src/proof/probes/index.ts'
import { instrumentsOf } from '../../src/proof/claims/claim.ts'
import { peopleApplication } from './people-application.ts'
import { proveSystem, type ProvenSystem } from './system.ts'

suite('a system whose people come by a proxy that ends TLS', () => {
  let system: ProvenSystem
  before(async () => {
    system = await proveSystem(peopleApplication, { publicOrigin: 'https://desk.example' })
  })
  after(() => system.close())

  // Those that sign in, send forms, read cookies or register passkeys: attacks go to the server itself, and say that they
  // come from the public origin.
  for (const id of ['sessions.sound', 'takeover.blocked', 'mfa.enforced', 'roles.enforced']) {
    test(`${id} holds there, and looks at something`, async () => {
      const claim = provenClaims.find(one => one.id === id)
      assert.ok(claim !== undefined)
      const findings: Finding[] = []
      let observed = 0
      for (const instrument of instrumentsOf(claim))
        await instrument.run(system.stage.live, {
          population: () => undefined,
          observe: () => (observed += 1),
          refute: finding => void findings.push(finding),
          signal: new AbortController().signal,
        })
      assert.deepEqual(findings, [])
      assert.ok(observed >= claim.observationsMin, `${observed} observations`)
    })
  }
})
