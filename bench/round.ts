import { application } from '../desk/upheld.ts'
import { provenClaims } from '../upheld/src/proof/probes/index.ts'
import { proveSystem } from '../upheld/test/proof/system.ts'

export interface RoundResult {
  readonly claim: string
  readonly verdict: string
  readonly observations: number
  readonly worlds: number
  readonly seconds: readonly number[]
}

/** One whole run of each claim on the seeded desk: the live system, an untouched twin, and one twin for each sabotage. */
export async function roundBench(rounds: number): Promise<readonly RoundResult[]> {
  const system = await proveSystem(application)
  try {
    await application.seed(system.upheld)
    const results: RoundResult[] = []
    for (const claim of provenClaims) {
      const seconds: number[] = []
      let verdict = ''
      let observations = 0
      for (let round = 0; round < rounds; round++) {
        const record = await system.run(claim)
        seconds.push(record.duration_ms / 1000)
        verdict = record.verdict
        observations = record.observations
      }
      results.push({ claim: claim.id, verdict, observations, worlds: claim.sabotages.length + 2, seconds })
    }
    return results
  } finally {
    await system.close()
  }
}
