import type { RecordedClaim } from '../../verify.ts'
import type { OutsiderRun } from './statement.ts'

/** How what an outsider saw stands beside what the service published. */
export interface Compared {
  readonly claim: string
  readonly probe: string
  readonly here: OutsiderRun['verdict']
  /** By the service's own evidence, read now; `absent` when it says nothing of this claim. */
  readonly published: RecordedClaim['standing']['verdict'] | 'absent'
  readonly says: 'agrees' | 'contradicts' | 'proves nothing'
  /** Whether what was attacked is what the service speaks of: the claim as its log announced it then and does now. */
  readonly sameClaim: boolean
}

export function compareRuns(runs: readonly OutsiderRun[], claims: readonly RecordedClaim[]): readonly Compared[] {
  return runs.map(({ claim, probe, verdict: here, claim_digest: digest }) => {
    const found = claims.find(one => one.claim === claim)
    const published = found?.standing.verdict ?? 'absent'
    const settled = here !== 'unproven' && (published === 'upheld' || published === 'refuted')
    const says = !settled ? 'proves nothing' : here === published ? 'agrees' : 'contradicts'
    return { claim, probe, here, published, says, sameClaim: digest !== null && found?.digest === digest }
  })
}

/** What all of it comes to: a red anywhere is red, a doubt anywhere is a doubt, and green is what both sides say alone. */
export function worstOf(all: readonly Compared[]): 'upheld' | 'refuted' | 'unproven' {
  if (all.some(({ here, published }) => here === 'refuted' || published === 'refuted')) return 'refuted'
  const green =
    all.length > 0 && all.every(({ says, sameClaim, here }) => says === 'agrees' && sameClaim && here === 'upheld')
  return green ? 'upheld' : 'unproven'
}
