import { openDatabase } from '../../adapters/postgres/database.ts'
import { systemClock } from '../../core/clock.ts'
import { trustReport, type TrustReport } from '../../proof/claims/index.ts'
import { claimsOf } from './claims.ts'
import { recordReader } from './system/record.ts'
import type { System } from './system/system.ts'

/** How everything stands now: the same look that the page takes, with the same login. */
export async function currentReport(system: System): Promise<TrustReport> {
  const database = openDatabase(system.urls.page, { connectionsMax: 1, name: 'upheld-page' })
  const reader = recordReader(system.state.folder, system.verifierKey)
  try {
    return await trustReport({
      database,
      claims: claimsOf(system.application),
      readLog: inner => reader.view(inner),
      clock: systemClock,
      service: system.application.name,
    })
  } finally {
    await database.close()
  }
}
