import { readdir, readFile } from 'node:fs/promises'
import type { Database } from '../../core/ports.ts'

export const folder = new URL('./sql/', import.meta.url)

/** Whatever is in them is reached over the login of identity; the application's reaches none of it. */
export const peopleSchemas: readonly string[] = ['upheld_identity', 'upheld_access']

/**
 * Makes the tables of persons and members, with their walls, in a database that `installTenancy` and `installAudit`
 * prepared. Safe to run at every start; what somebody loosened in between is tightened again. Needs a superuser.
 */
export async function installPeople(admin: Database): Promise<void> {
  const names = (await readdir(folder)).toSorted()
  const texts = await Promise.all(names.map(name => readFile(new URL(name, folder), 'utf8')))
  await admin.transaction(async tx => {
    await tx.query('select pg_advisory_xact_lock(7305807354479)')
    await tx.query('set local client_min_messages = warning')
    await tx.query('set local jit = off')
    // Event triggers look at every command for the application's sake; this is the one that puts them in order.
    await tx.query(`set local session_replication_role = 'replica'`)
    for (const text of texts) await tx.query(text)
  })
}
