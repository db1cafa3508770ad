import type { AttackLog } from '../probes/attacks/index.ts'
import type { Attack, AttackCounts, Power, ProbeVerdict } from './report.ts'

/** Collects what came of every attack. */
export interface Ledger {
  /** The log of the attacks that need this power. */
  as(power: Power): AttackLog
  population(): Readonly<Record<string, number>>
  attacks(): readonly Attack[]
}

export function openLedger(signal: AbortSignal): Ledger {
  const attacks: Attack[] = []
  const population = new Map<string, number>()
  return Object.freeze({
    as: (power: Power): AttackLog => ({
      signal,
      population: (unit: string, count: number) => void population.set(unit, count),
      observe: (attack: string, where: string) =>
        void attacks.push({ attack, where, power, outcome: 'beaten', why: '' }),
      refute: ({ attack, where, saw }) =>
        void attacks.push({ attack, where, power, outcome: 'came through', why: saw }),
      pass: (attack: string, where: string, why: string) =>
        void attacks.push({ attack, where, power, outcome: 'not tried', why }),
    }),
    population: () => Object.fromEntries(population),
    attacks: () => attacks.toSorted((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome)),
  })
}

const order: readonly Attack['outcome'][] = ['came through', 'not tried', 'beaten']

export function countsOf(attacks: readonly Attack[]): AttackCounts {
  const of = (outcome: Attack['outcome']): number => attacks.filter(one => one.outcome === outcome).length
  return { beaten: of('beaten'), cameThrough: of('came through'), notTried: of('not tried') }
}

/** One attack that came through refutes. Nothing tried, or something not tried, proves nothing. */
export function verdictOf({ beaten, cameThrough, notTried }: AttackCounts): ProbeVerdict {
  if (cameThrough > 0) return 'refuted'
  return beaten > 0 && notTried === 0 ? 'upheld' : 'unproven'
}

export function byPower<T>(attacks: readonly Attack[], of: (counts: AttackCounts) => T): Readonly<Record<Power, T>> {
  const one = (power: Power): T => of(countsOf(attacks.filter(attack => attack.power === power)))
  return { account: one('account'), injection: one('injection'), login: one('login') }
}
