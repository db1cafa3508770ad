import { readFile } from 'node:fs/promises'
import type { Queryable } from '../../core/ports.ts'

/** Makes the tables, trigger and grants of turns and attempts, or does nothing. For an administrator; the roles exist already. */
export async function installClaims(admin: Queryable): Promise<void> {
  await admin.query(await readFile(new URL('./turns.sql', import.meta.url), 'utf8'))
}
