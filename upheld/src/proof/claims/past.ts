import { daysShown } from './limits.ts'
import type { Entry } from './record.ts'
import type { ClaimReport } from './report.ts'
import type { RunRecord } from './verdict.ts'

const dayMs = 86_400_000
const severity = ['none', 'upheld', 'unproven', 'refuted'] as const
type Worst = (typeof severity)[number]

/** The worst verdict of each of the last days, in UTC, today last. */
export function daysOf(runs: readonly Entry<RunRecord>[], now: Date): ClaimReport['days'] {
  const worst = new Map<string, Worst>()
  for (const { leaf } of runs) {
    const day = leaf.finished_at.slice(0, 10)
    const before = worst.get(day) ?? 'none'
    if (severity.indexOf(leaf.verdict) > severity.indexOf(before)) worst.set(day, leaf.verdict)
  }
  return Array.from({ length: daysShown }, (_, place) => {
    const day = new Date(now.getTime() - (daysShown - 1 - place) * dayMs).toISOString().slice(0, 10)
    return { day, worst: worst.get(day) ?? 'none' }
  })
}

/** Every refuted spell, newest first. Only a run that is upheld ends one: a probe that breaks is no mend. */
export function redsOf(runs: readonly Entry<RunRecord>[]): ClaimReport['reds'] {
  const reds: ClaimReport['reds'][number][] = []
  let open: ClaimReport['reds'][number] | undefined
  let held: RunRecord | undefined
  for (const { index, leaf } of runs) {
    if (leaf.verdict === 'refuted') {
      const before = held === undefined ? {} : { heldAt: held.started_at }
      open ??= { from: leaf.finished_at, ...before, indexFirst: index, findings: leaf.findings }
    } else if (leaf.verdict === 'upheld') {
      if (open !== undefined) reds.push({ ...open, to: leaf.finished_at })
      open = undefined
      held = leaf
    }
  }
  return (open === undefined ? reds : [...reds, open]).toReversed()
}
