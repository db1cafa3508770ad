import { z } from 'zod'
import type { Queryable } from '../../../core/ports.ts'
import { noneOf, type Fact } from './fact.ts'

/** What decides whether a server's log holds what customers wrote. */
const names = [
  'log_statement',
  'log_min_duration_statement',
  'log_min_duration_sample',
  'log_transaction_sample_rate',
  'log_parameter_max_length',
  'log_parameter_max_length_on_error',
  'log_min_messages',
  'log_min_error_statement',
  'logging_collector',
  'log_file_mode',
] as const
type Settings = Readonly<Partial<Record<string, string>>>

const login = z.object({ name: z.string(), settings: z.array(z.string()) })

/** What this server's log would hold: of any login, of our own, and who may read its files. Only reads. */
export async function logFacts(admin: Queryable): Promise<readonly Fact[]> {
  const { rows } = await admin.query('select name, setting from pg_catalog.pg_settings where name = any($1)', [names])
  const settings: Settings = Object.fromEntries(rows.map(row => [String(row['name']), String(row['setting'])]))
  return [parametersFact(settings), await loginsFact(admin, settings), fileFact(settings)]
}

/** Parameters hold what customers wrote, and the signed context: they may not reach the log. */
function parametersFact(settings: Settings): Fact {
  const leaks = [
    ...(logsStatements(settings) && settings['log_parameter_max_length'] !== '0' ? ['log_parameter_max_length'] : []),
    ...(settings['log_parameter_max_length_on_error'] !== '0' ? ['log_parameter_max_length_on_error'] : []),
  ]
  return noneOf(
    'server.log',
    leaks,
    "The server's log does not hold the parameters of statements.",
    "The server's log holds the parameters of statements; not zero",
    'Set them to 0.',
  )
}

function logsStatements(settings: Settings): boolean {
  return (
    settings['log_statement'] !== 'none' ||
    Number.parseFloat(settings['log_min_duration_statement'] ?? '') >= 0 ||
    Number.parseFloat(settings['log_min_duration_sample'] ?? '') >= 0 ||
    Number(settings['log_transaction_sample_rate']) > 0
  )
}

/** In the order of Postgres, for its log: what is asked to be at least `log` leaves errors out, and what they quote. */
const quiet = ['log', 'fatal', 'panic']

/** What a session with these settings writes of what it was sent. */
function leaksOf(settings: Settings): readonly string[] {
  const level = settings['log_min_messages'] ?? ''
  // Statements, and how long they took, are told at the level LOG.
  const told = level !== 'fatal' && level !== 'panic'
  const leaks: string[] = []
  if (!quiet.includes(level)) {
    leaks.push('messages of errors, which quote values (log_min_messages)')
    if (!quiet.slice(1).includes(settings['log_min_error_statement'] ?? ''))
      leaks.push('statements that fail, with the values in them (log_min_error_statement)')
    if (settings['log_parameter_max_length_on_error'] !== '0')
      leaks.push('parameters of statements that fail (log_parameter_max_length_on_error)')
  }
  if (told && logsStatements(settings)) leaks.push('statements (log_statement, log_min_duration_statement)')
  return leaks
}

/** Our own logins bring their settings with them; what the server's own would write of others is told besides. */
async function loginsFact(admin: Queryable, server: Settings): Promise<Fact> {
  const id = 'server.log-of-logins'
  const { rows } = await admin.query(
    `select r.rolname::text as name, coalesce(array(
       select unnest(s.setconfig) from pg_catalog.pg_db_role_setting s
       where s.setrole = r.oid and s.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
       order by s.setdatabase), '{}') as settings
     from pg_catalog.pg_roles r where r.rolcanlogin and r.rolname ~ '^upheld_(app|migrate|proof|record|page|identity|jobs|staff)$'
     order by 1`,
  )
  const logins = z.array(login).parse(rows)
  const others = leaksOf(server)
  const besides = others.length === 0 ? '' : ` Of other logins it would hold ${others.join('; ')}.`
  const mend = 'It is set for our logins at the next: upheld up.'
  if (logins.length === 0) return { id, ok: 'unknown', says: `Our logins are not there yet.${besides}`, mend }
  const faults = logins.flatMap(({ name, settings }) => {
    const own = Object.fromEntries(settings.map(one => [one.split('=', 1)[0] ?? '', one.slice(one.indexOf('=') + 1)]))
    return leaksOf({ ...server, ...own }).map(leak => `${name}: ${leak}`)
  })
  const fine = `The server's log holds nothing that our logins send.${besides}`
  return noneOf(id, faults, fine, "The server's log would hold what customers wrote", mend)
}

/** Where the server keeps files of its own; else the log goes to whoever started it. */
function fileFact(settings: Settings): Fact {
  const id = 'server.log-files'
  const mode = settings['log_file_mode'] ?? '0600'
  if (settings['logging_collector'] !== 'on') return { id, ok: true, says: 'The server keeps no log files by itself.' }
  return (Number.parseInt(mode, 8) & 0o007) === 0
    ? { id, ok: true, says: `The server's log files cannot be read by everybody (mode ${mode}).` }
    : {
        id,
        ok: false,
        says: `Everybody may read the server's log files (mode ${mode}).`,
        mend: 'Set log_file_mode to 0600.',
      }
}
