import type { Report } from '../claims/index.ts'

/** One that came through is a finding, one that was beaten an observation. */
export function judge(
  { report }: { readonly report: Report },
  attack: string,
  where: string,
  through: boolean,
  saw: string,
): void {
  if (through) report.refute({ attack, where, saw })
  else report.observe(attack, where)
}
