import type { Database } from 'upheld'
import { mendBreakage, noteBreakage, pastTheGuard } from 'upheld/testing'
import type { Round } from './round.ts'
import type { Sabotage } from './sabotage.ts'

export interface Performance {
  readonly sabotage: Sabotage
  readonly broken: Round
  readonly mended: Round
  /** Noticed while broken, and well again afterwards. */
  readonly good: boolean
}

/** What the acts need of the running system. */
export interface Theatre {
  readonly stateFolder: string
  readonly admin: Database
  readonly round: (claim: string) => Promise<Round>
  /** Told before each act. */
  readonly says: (line: string) => void
}

/** Breaks, looks, mends, looks again. The mend comes whatever happens in between. */
export async function perform(sabotage: Sabotage, theatre: Theatre): Promise<Performance> {
  const { stateFolder, admin, says } = theatre
  const { name, claim } = sabotage
  const plan = await sabotage.plan(admin, stateFolder)
  noteBreakage(stateFolder, { name, says: sabotage.says, mend: plan.mend })
  let broken: Round
  try {
    says('breaking')
    await pastTheGuard(admin, plan.break)
    says(`attacking ${claim}`)
    broken = await theatre.round(claim)
  } finally {
    says('mending')
    await mendBreakage(stateFolder, admin)
  }
  says(`attacking ${claim} once more`)
  const mended = await theatre.round(claim)
  return { sabotage, broken, mended, good: broken.verdict !== 'upheld' && mended.verdict === 'upheld' }
}
