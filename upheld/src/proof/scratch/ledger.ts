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

/** One attack that came through refutes. So that nothing does, every place must have been attacked. */
export function verdictOf(attacks: readonly Attack[]): ProbeVerdict {
  if (attacks.some(one => one.outcome === 'came through')) return 'refuted'
  const beaten = new Set(attacks.flatMap(one => (one.outcome === 'beaten' ? [one.where] : [])))
  const doubtful = attacks.some(
    one => one.outcome === 'not tried' && (one.attack === positiveControl || !beaten.has(one.where)),
  )
  return beaten.size > 0 && !doubtful ? 'upheld' : 'unproven'
}

/** What must come out before any attack on a place says something: without it the place is in doubt, whatever else was beaten. */
export const positiveControl = 'see its own row'

export function byPower<T>(
  attacks: readonly Attack[],
  of: (attacks: readonly Attack[]) => T,
): Readonly<Record<Power, T>> {
  const one = (power: Power): T => of(attacks.filter(attack => attack.power === power))
  return { account: one('account'), injection: one('injection'), login: one('login') }
}
