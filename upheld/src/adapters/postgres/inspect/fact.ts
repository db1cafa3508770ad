/** One thing that `upheld doctor` looked at. What could not be looked at is `unknown`, never fine. */
export interface Fact {
  /** Stable, such as server.release. */
  readonly id: string
  readonly ok: boolean | 'unknown'
  readonly says: string
  /** What to do about it. */
  readonly mend?: string
}

/** A fact about a list of faults: fine when it is empty, otherwise it names the first five. */
export function noneOf(id: string, faults: readonly string[], fine: string, wrong: string, mend: string): Fact {
  if (faults.length === 0) return { id, ok: true, says: fine }
  const more = faults.length > 5 ? ` and ${faults.length - 5} more` : ''
  return { id, ok: false, says: `${wrong}: ${faults.slice(0, 5).join(', ')}${more}.`, mend }
}
