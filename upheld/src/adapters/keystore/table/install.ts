import { readFileSync } from 'node:fs'
import type { Database } from '../../../core/ports.ts'
import { refuse } from '../errors.ts'

const tables = new URL('./key.sql', import.meta.url)

/**
 * Prepares the table of keys in this database, for this login. Safe to run at every start.
 * @param admin who may create a schema there
 * @param login a role that is there: it may read, add and change keys, and neither delete nor bring back one
 * @throws keystore.bad_options for a name that cannot be a login of Upheld
 */
export async function installKeyTable(admin: Database, login: string): Promise<void> {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(login)) throw refuse.bad_options({ detail: `"${login}" cannot be a login.` })
  await admin.transaction(async tx => {
    await tx.query('select pg_advisory_xact_lock(7305807354472)')
    await tx.query('set local client_min_messages = warning')
    await tx.query(readFileSync(tables, 'utf8'))
    await tx.query(`grant usage on schema upheld_keys to ${login}`)
    await tx.query(`grant select, insert on upheld_keys.key to ${login}`)
    await tx.query(`grant update (state, wrapped_by, wrapped, destroyed_at) on upheld_keys.key to ${login}`)
    await tx.query(`grant select on upheld_keys.change to ${login}`)
  })
}

/**
 * Writes the table anew without the dead versions of its rows, which hold the keys that were destroyed. Locks the table
 * for a moment. A transaction that is older than a destruction keeps its row: that one counts as purged the next time.
 * @returns how many tombstones count as purged now
 */
export async function purgeKeyTable(admin: Database): Promise<number> {
  await admin.query('vacuum (full) upheld_keys.key')
  const { rowCount } = await admin.query(
    `update upheld_keys.key set purged_at = now()
     where state = 'destroyed' and purged_at is null
       and age(destroyed_xid) > (select age(relfrozenxid) from pg_class where oid = 'upheld_keys.key'::regclass)`,
  )
  return rowCount
}
