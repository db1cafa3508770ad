import type { TrustReport } from '../../proof/claims/index.ts'
import { refuse } from './errors.ts'

/**
 * Reads the report, and remembers the last one that held. While the database cannot be asked, that one is given again,
 * marked `unread`: its reds, its history and its signed head stand, its promises do not. A record that answers and does
 * not hold is never replaced by a better memory; it ends it.
 */
export function remembering(
  read: () => Promise<TrustReport>,
  onFailure: (failure: unknown) => void,
): () => Promise<TrustReport> {
  let last: TrustReport | undefined
  let told = false
  const again = (kept: TrustReport, failure: unknown): TrustReport => {
    if (!told) onFailure(failure)
    told = true
    return { ...kept, unread: true }
  }
  return async () => {
    const kept = last
    try {
      const report = await read()
      if (report.unread === true && kept !== undefined) {
        return again(kept, refuse.unread(report.recordFault === undefined ? {} : { detail: report.recordFault }))
      }
      last = report.recordFault === undefined && report.log !== undefined ? report : undefined
      told = false
      return report
    } catch (failure) {
      if (kept === undefined) throw failure
      return again(kept, failure)
    }
  }
}
