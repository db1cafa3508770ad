import { randomBytes } from 'node:crypto'
import { openDatabase } from '../../adapters/postgres/database.ts'
import type { Database, Queryable } from '../../core/ports.ts'
import { refuse } from './errors.ts'
import type { Identity } from './identity.ts'
import type { ParsedProbeOptions } from './options.ts'
import type { ProbeReport } from './report.ts'

/** The application's role in hand. */
export interface AppLogin {
  readonly database: Database
  readonly by: ProbeReport['loginBy']
  /** Runs first in every transaction. */
  readonly preludes: readonly string[]
}

const connectionsMax = 3

/** The name of a login that is made for one run. Whoever meets it later knows where it came from. */
export function temporaryName(): string {
  return `upheld_probe_${randomBytes(6).toString('hex')}`
}

/** Makes the login, inside the caller's transaction. Its password is known to this run alone. */
export async function makeLogin(
  tx: Queryable,
  { name, password, appRole }: { readonly name: string; readonly password: string; readonly appRole: string },
): Promise<void> {
  const { rows } = await tx.query(
    `select format('create role %I login inherit %s %s valid until %L connection limit 8 in role %I password %L', $1::text,
        case when r.rolsuper then 'superuser' else '' end, case when r.rolbypassrls then 'bypassrls' else '' end,
        now() + interval '1 day', r.rolname, $2::text) as text
     from pg_roles r where r.rolname = $3`,
    [name, password, appRole],
  )
  const text = rows[0]?.['text']
  if (typeof text !== 'string') throw refuse.no_app_role({ detail: `There is no role ${appRole}.` })
  await tx.query(text)
}

/**
 * The application's own login; else the one that was made, where the server lets it in; else the role is put on.
 * @throws scratch.no_app_role when there is no way to act as the application
 */
export async function enterAs(
  options: ParsedProbeOptions,
  own: Identity,
  appRole: string,
  made: { readonly name: string; readonly password: string } | undefined,
): Promise<AppLogin> {
  if (options.appUrl !== undefined) return { database: opened(options.appUrl), by: 'own login', preludes: [] }
  if (made !== undefined) {
    const url = new URL(options.scratchUrl)
    url.username = encodeURIComponent(made.name)
    url.password = encodeURIComponent(made.password)
    const database = opened(url.href)
    try {
      await database.query('select 1')
      return { database, by: 'temporary login', preludes: [] }
    } catch {
      // The server lets no such login in from here: its pg_hba.conf names those that may.
      await database.close()
    }
  }
  if (!own.superuser) throw refuse.no_app_role({ detail: `Name the login of ${appRole}: --app-url.` })
  const quoted = `"${appRole.replaceAll('"', '""')}"`
  return {
    database: opened(options.scratchUrl),
    by: 'session authorization',
    preludes: [`set local session authorization ${quoted}`],
  }
}

function opened(url: string): Database {
  return openDatabase(url, { connectionsMax, name: 'upheld-probe-app', statementTimeoutMs: 30_000 })
}
