import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { messageOf } from '../../core/errors.ts'
import type { Database } from '../../core/ports.ts'
import { refuse } from './errors.ts'

const fileForm = /^\d{3}-[a-z0-9-]+\.sql$/

/**
 * Runs the application's migrations that have not run yet, in order of name, each in a transaction of its own, as the
 * owner of the tables. `database` logs in as upheld_migrate. Gives the names of those that ran.
 * @throws tenancy.migration_changed, tenancy.migration_failed, tenancy.unsafe_schema
 */
export async function migrate(database: Database, folder: URL): Promise<readonly string[]> {
  const files = readdirSync(folder)
    .filter(name => fileForm.test(name))
    .sort()
  const ran: string[] = []
  for (const name of files) {
    const text = readFileSync(new URL(name, folder.href.endsWith('/') ? folder : `${folder.href}/`), 'utf8')
    if (await applyOnce(database, name, text)) ran.push(name)
  }
  const { rows } = await database.query('select object, fault from upheld_guard.faults() limit 20')
  if (rows.length > 0) {
    throw refuse.unsafe_schema({
      detail: rows.map(row => `${String(row['object'])}: ${String(row['fault'])}`).join('; '),
    })
  }
  return ran
}

function applyOnce(database: Database, name: string, text: string): Promise<boolean> {
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
  return database.transaction(async tx => {
    // Two processes that start together take turns; the second finds the work done.
    await tx.query('select pg_advisory_xact_lock(7305807354472)')
    const { rows } = await tx.query('select digest from upheld_guard.migration where name = $1', [name])
    if (rows[0] !== undefined) {
      if (rows[0]['digest'] === digest) return false
      throw refuse.migration_changed({ detail: `${name}: write a new file for a new change.` })
    }
    await tx.query('set local role upheld_owner')
    try {
      await tx.query(text)
    } catch (cause) {
      throw refuse.migration_failed({ detail: `${name}: ${messageOf(cause)}${adviceFor(messageOf(cause))}`, cause })
    }
    await tx.query('reset role')
    await tx.query('insert into upheld_guard.migration (name, digest) values ($1, $2)', [name, digest])
    return true
  })
}

/** Row security is forced on the owner too, which surprises whoever meets it for the first time. */
function adviceFor(message: string): string {
  if (!message.includes('upheld: no_context')) return ''
  return '. A migration sees no rows: add a foreign key NOT VALID, and the guard checks it; change rows organization by organization.'
}
