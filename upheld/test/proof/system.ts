import type { Application } from '../../src/application.ts'
import { systemClock } from '../../src/core/clock.ts'
import { catalogueWith, runClaim, type ProvenClaim, type RunRecord, type Stage } from '../../src/proof/claims/index.ts'
import { provenClaims } from '../../src/proof/probes/index.ts'
import { openStage } from '../../src/surfaces/prover/index.ts'
import { testPlatform, type TestPlatform } from '../../src/testing/index.ts'

/** A whole application in a database of its own, with the stage that its claims are tried on. */
export interface ProvenSystem extends TestPlatform {
  readonly stage: Stage
  /** One run of one claim, as the prover makes it. */
  run(claim: ProvenClaim, changes?: Partial<ProvenClaim>): Promise<RunRecord>
}

export async function proveSystem(given: Pick<Application, 'tenantSchemas' | 'migrations'>): Promise<ProvenSystem> {
  const platform = await testPlatform(given)
  const application: Application = {
    name: 'Test',
    page: { title: 'Security', lede: 'What we promise.', sections: [], contact: 'mailto:security@test.example' },
    claims: [],
    seed: async () => 'nothing to seed',
    welcome: async () => [],
    fetch: () => () => new Response('test'),
    ...given,
  }
  const stage = await openStage({
    application,
    claims: catalogueWith([...provenClaims]),
    adminUrl: platform.adminUrl,
    urls: platform.urls,
    contextKeys: { current: () => platform.key },
    origin: 'http://127.0.0.1:9',
  })
  let sequence = 0
  return Object.freeze({
    ...platform,
    stage,
    run: (claim: ProvenClaim, changes: Partial<ProvenClaim> = {}) =>
      runClaim({ ...claim, ...changes }, ++sequence, { stage, clock: systemClock }, new AbortController().signal),
    async close() {
      await stage.close()
      await platform.close()
    },
  })
}
