import { readFile } from 'node:fs/promises'
import type { Database } from '../../core/ports.ts'

export const files = ['tables.sql', 'record.sql', 'search.sql', 'cosignature.sql', 'walls.sql', 'triggers.sql']

/**
 * Makes the tables, functions, walls and triggers of the audit log in a database that `installTenancy` prepared. Safe to
 * run at every start: a trigger that somebody dropped, switched off or replaced in between is put back. Needs a superuser.
 */
export async function installAudit(admin: Database): Promise<void> {
  const texts = await Promise.all(files.map(file => readFile(new URL(file, import.meta.url), 'utf8')))
  await admin.transaction(async tx => {
    await tx.query('select pg_advisory_xact_lock(7305807354475)')
    await tx.query('set local client_min_messages = warning')
    await tx.query('set local jit = off')
    // Event triggers look at every command for the application's sake; this is the one that puts them in order.
    await tx.query(`set local session_replication_role = 'replica'`)
    for (const text of texts) await tx.query(text)
  })
}
