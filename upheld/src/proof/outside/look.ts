import { systemClock, type Clock } from '../../core/clock.ts'
import { severities, type UnprovenRule } from '../lint/index.ts'
import { troubleRefusal } from './errors.ts'
import { limitsUsual, type Limits } from './limits.ts'
import type { OutsideFinding, OutsideReport } from './report.ts'
import { outsideRules } from './rules/all.ts'
import { placeOf } from './seen.ts'
import { survey } from './survey.ts'
import { openBudget } from './wire/budget.ts'

export interface OutsideOptions {
  readonly clock?: Clock
  readonly limits?: Partial<Limits>
  /** Authorities to trust in place of those that Node knows, as PEM. */
  readonly ca?: readonly string[]
}

/** Looks at one http or https address as a stranger would. Never rejects because of what it meets there. */
export async function lookFromOutside(address: URL, options: OutsideOptions = {}): Promise<OutsideReport> {
  const clock = options.clock ?? systemClock
  const budget = openBudget({ ...limitsUsual, ...options.limits }, clock)
  const { ca } = options
  const { seen, trouble } = await survey({ address, budget, clock, ...(ca === undefined ? {} : { ca }) })
  const findings: OutsideFinding[] = []
  const unproven: UnprovenRule[] = []
  for (const rule of outsideRules) {
    const judged = rule.judge(seen)
    if ('unseen' in judged) {
      unproven.push({ rule: rule.id, why: judged.unseen })
      continue
    }
    for (const hit of judged.hits) {
      if (hit.unproven === true) unproven.push({ rule: rule.id, why: hit.saw })
      else findings.push({ ...hit, rule: rule.id, severity: hit.severity ?? rule.severity })
    }
  }
  const fault = trouble === undefined ? undefined : troubleRefusal(trouble, placeOf(address))
  return Object.freeze({
    address: placeOf(address),
    tlsVersions:
      'seen' in seen.tls ? [...seen.tls.seen].flatMap(([version, { is }]) => (is === 'offered' ? [version] : [])) : [],
    population: { ...budget.count(), rules: outsideRules.length },
    findings: findings.sort(byDanger),
    unproven,
    ...(fault === undefined
      ? {}
      : {
          fault: {
            code: fault.code,
            message: fault.message,
            ...(fault.mend === undefined ? {} : { mend: fault.mend }),
          },
        }),
  })
}

function byDanger(a: OutsideFinding, b: OutsideFinding): number {
  const rank = (one: OutsideFinding): number => severities.indexOf(one.severity)
  return rank(a) - rank(b) || compare(a.rule, b.rule) || compare(a.place.label, b.place.label)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
