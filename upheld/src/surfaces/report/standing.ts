import { severities, type Severity } from '../../proof/lint/index.ts'
import type { ProbeReport } from '../../proof/scratch/index.ts'
import type { ClaimLine, LookReport, Subject } from './model.ts'
import { count, digits } from './words.ts'

type Seen = Omit<LookReport, 'claims'>

/** What a look may end at: the least danger that counts, or whatever is not known. */
export const thresholds = [...severities, 'unproven'] as const
export type Threshold = (typeof thresholds)[number]

/** Low is hardening that nothing reaches yet: it is told, and is no hole. */
function isHole(severity: Severity): boolean {
  return severity !== 'low'
}

/** One line for each promise that was looked at, in the order of the rules. */
export function claimLines(seen: Seen): readonly ClaimLine[] {
  const claims = [...new Set(seen.rules.flatMap(({ claims }) => claims))]
  return [...claims.map(claim => staticLine(claim, seen)), ...scratchLine(seen)]
}

function staticLine(claim: string, seen: Seen): ClaimLine {
  const rules = new Set(seen.rules.filter(rule => rule.claims.includes(claim)).map(({ id }) => id))
  const subjects = new Set<Subject>(seen.rules.filter(rule => rule.claims.includes(claim)).map(({ of }) => of))
  const found = seen.findings.filter(({ rule }) => rules.has(rule))
  const holes = found.filter(({ severity }) => isHole(severity))
  const weak = count(found.length - holes.length, 'weak place')
  const unseen = new Set(seen.notSeen.flatMap(({ rule }) => (rule !== undefined && rules.has(rule) ? [rule] : [])))
  const blind = `${count(unseen.size, 'rule')} of ${rules.size} could not see`
  if (holes.length > 0) {
    const rest = [found.length > holes.length ? weak : '', unseen.size > 0 ? blind : ''].filter(Boolean)
    return { claim, standing: 'hole seen', says: [count(holes.length, 'hole'), ...rest].join(', ') }
  }
  if (seen.faults.some(fault => subjects.has(fault.of)))
    return { claim, standing: 'unproven', says: 'it could not be looked at' }
  if (unseen.size > 0) return { claim, standing: 'unproven', says: blind }
  const asked = `${count(rules.size, 'rule')} asked`
  return { claim, standing: 'no hole seen', says: found.length > 0 ? `${asked}, ${weak}` : asked }
}

function scratchLine({ scratch, faults }: Seen): ClaimLine[] {
  const claim = 'isolation.rows'
  if (scratch !== undefined) return [{ claim, standing: scratchStanding(scratch), says: scratchSays(scratch) }]
  const fault = faults.find(({ of }) => of === 'scratch')
  return fault === undefined ? [] : [{ claim, standing: 'unproven', says: 'the scratch copy could not be attacked' }]
}

function scratchStanding({ verdict }: ProbeReport): ClaimLine['standing'] {
  if (verdict === 'upheld') return 'upheld in the scratch copy'
  return verdict === 'refuted' ? 'refuted in the scratch copy' : 'unproven'
}

function scratchSays({ counts, left }: ProbeReport): string {
  const { beaten, cameThrough, notTried } = counts
  const told = [
    count(beaten, 'attack beaten', 'attacks beaten'),
    cameThrough > 0 ? `${digits.format(cameThrough)} came through` : '',
    notTried > 0 ? `${digits.format(notTried)} not tried` : '',
    left.length > 0 ? `${count(left.length, 'planted thing')} could not be removed` : '',
  ]
  return told.filter(Boolean).join(', ')
}

/** How a look ends for a script. */
export type Outcome = 'passed' | 'found' | 'not proven' | 'failed'

/**
 * Found: something at or above the threshold, or an attack on the scratch copy that came through. Failed: a part could
 * not be looked at at all. Not proven: a rule at or above the threshold could not see, or an attack was not tried.
 */
export function outcomeOf(report: LookReport, threshold: Threshold): Outcome {
  const counts = (severity: Severity): boolean => severities.indexOf(severity) <= reach(threshold)
  if (report.findings.some(({ severity }) => counts(severity))) return 'found'
  if (report.scratch?.verdict === 'refuted') return 'found'
  if (report.faults.length > 0) return 'failed'
  // A section of the catalogue counts through the rules that rest on it.
  const blind = report.notSeen.some(({ rule, severity }) =>
    rule === undefined ? threshold === 'unproven' : severity === undefined || counts(severity),
  )
  return blind || report.scratch?.verdict === 'unproven' ? 'not proven' : 'passed'
}

/** Asked for everything that is not known, every finding counts as well. */
function reach(threshold: Threshold): number {
  return threshold === 'unproven' ? severities.length - 1 : severities.indexOf(threshold)
}
