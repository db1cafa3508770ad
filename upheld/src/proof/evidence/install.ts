import { readFile } from 'node:fs/promises'
import type { Database } from '../../core/ports.ts'

/** Makes the tables, triggers and grants of the log, or does nothing. For an administrator; the roles exist already. */
export async function installEvidence(admin: Database): Promise<void> {
  const text = await readFile(new URL('./tables.sql', import.meta.url), 'utf8')
  await admin.transaction(async tx => {
    // Event triggers look at every command for the application's sake; none of these is about a table of a tenant.
    await tx.query(`set local session_replication_role = 'replica'`)
    await tx.query(text)
  })
}
