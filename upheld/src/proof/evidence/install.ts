import { readFile } from 'node:fs/promises'
import type { Queryable } from '../../core/ports.ts'

/** Makes the tables, triggers and grants of the log, or does nothing. For an administrator; the roles exist already. */
export async function installEvidence(admin: Queryable): Promise<void> {
  await admin.query(await readFile(new URL('./tables.sql', import.meta.url), 'utf8'))
}
