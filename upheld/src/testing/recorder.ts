import { join } from 'node:path'
import { auditFiles } from '../adapters/files/index.ts'
import { openDatabase } from '../adapters/postgres/database.ts'
import { openRecorder } from '../foundation/audit/index.ts'
import type { TestPlatform } from './platform.ts'

/** Moves everything that waits into the audit logs, as the recording process does. Gives the number of entries. */
export async function logEverything(platform: Pick<TestPlatform, 'urls' | 'scratch'>): Promise<number> {
  const files = auditFiles(join(platform.scratch, 'recorder'))
  const db = openDatabase(platform.urls.record, { connectionsMax: 1 })
  try {
    const recorder = await openRecorder({ db, host: 'test.example', seeds: files.seeds(), anchor: files.anchor })
    let total = 0
    for (let logged = await recorder.step(); logged > 0; logged = await recorder.step()) total += logged
    return total
  } finally {
    await db.close()
  }
}
