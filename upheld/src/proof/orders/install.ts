import { readFile } from 'node:fs/promises'
import type { Database } from '../../core/ports.ts'

/** Makes the tables, functions and grants of orders, or does nothing. After `installClaims`, for an administrator. */
export async function installOrders(admin: Database): Promise<void> {
  const text = await readFile(new URL('./orders.sql', import.meta.url), 'utf8')
  await admin.transaction(async tx => {
    await tx.query('select pg_advisory_xact_lock(7305807354481)')
    await tx.query('set local client_min_messages = warning')
    // Event triggers look at every command for the application's sake; none of these is about a table of a tenant.
    await tx.query(`set local session_replication_role = 'replica'`)
    await tx.query(text)
  })
}
