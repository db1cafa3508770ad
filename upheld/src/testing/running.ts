import { openDatabase } from '../adapters/postgres/database.ts'
import { runningPostgres } from '../adapters/postgres/embedded/index.ts'
import type { Database } from '../core/ports.ts'
import { ownDatabase, urlIn } from '../surfaces/cli/system/server.ts'

/** The database of the system that runs in this state folder, as its superuser; undefined when none runs there. */
export function runningDatabase(stateFolder: string): Database | undefined {
  const running = runningPostgres(stateFolder)
  if (running === undefined) return undefined
  return openDatabase(urlIn(running.adminUrl, ownDatabase), { connectionsMax: 1, name: 'upheld-sabotage' })
}
