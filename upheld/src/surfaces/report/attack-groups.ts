import type { ProbeReport } from '../../proof/scratch/index.ts'

type Attack = ProbeReport['attacks'][number]

/** One attack, and every place where it ended alike. */
interface AttackGroup {
  readonly attack: string
  readonly outcome: Attack['outcome']
  /** At least one. */
  readonly at: readonly Pick<Attack, 'where' | 'why'>[]
}

/** What was not beaten, in the order of the report: those that came through first. */
export function attackGroups({ attacks }: ProbeReport): readonly AttackGroup[] {
  const groups = new Map<string, { attack: string; outcome: Attack['outcome']; at: Attack[] }>()
  for (const one of attacks.filter(({ outcome }) => outcome !== 'beaten')) {
    const { attack, outcome } = one
    const key = `${outcome}\u0000${attack}`
    const group = groups.get(key) ?? { attack, outcome, at: [] }
    groups.set(key, group)
    group.at.push(one)
  }
  return [...groups.values()]
}
