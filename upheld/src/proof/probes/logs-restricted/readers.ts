import type { Database } from '../../../core/ports.ts'
import { cannotProbe, loginRoles, type LoginRole, type Report, type World } from '../../claims/index.ts'
import { undone } from '../undone.ts'

/** Ways to a server's log, and ways to have more written into it. None is the duty of any login. */
const ways: readonly (readonly [attack: string, sql: string])[] = [
  ['ask where the log is', 'select pg_catalog.pg_current_logfile()'],
  ['ask where the log is, by its form', "select pg_catalog.pg_current_logfile('jsonlog')"],
  ['list the logs', 'select 1 from pg_catalog.pg_ls_logdir() limit 1'],
  ['list the folder of the logs', "select 1 from pg_catalog.pg_ls_dir('log') limit 1"],
  ['read a file that lies beside the log', "select pg_catalog.pg_read_file('PG_VERSION', 0, 1)"],
  ['read a log as bytes', "select pg_catalog.pg_read_binary_file('/proc/self/fd/2', 0, 1)"],
  ['measure a log', "select pg_catalog.pg_stat_file('PG_VERSION')"],
  ['turn the log over', 'select pg_catalog.pg_rotate_logfile()'],
  ['have every message logged', "set local log_min_messages = 'debug1'"],
  ['have failing statements logged', "set local log_min_error_statement = 'debug1'"],
  ['have every statement logged', "set local log_statement = 'all'"],
  ['have slow statements logged', 'set local log_min_duration_statement = 0'],
  ['have parameters logged', 'set local log_parameter_max_length = -1'],
  ['have messages logged from the next session on', "alter role current_user set log_min_messages = 'debug1'"],
  ['have plans logged', "load 'auto_explain'"],
] // prettier-ignore

/** Levels of the server's log at which no error and no statement of a session is written. */
const quiet = ['fatal', 'panic']

/** As each login: reading the server's log, and having more written into it. */
export async function readAsLogins(world: World, report: Report): Promise<void> {
  for (const role of loginRoles) {
    const login = world.login(role)
    try {
      for (const [attack, sql] of ways) await tryOne(login, role, attack, sql, report)
      await mustBeQuiet(login, role, report)
    } finally {
      await login.close()
    }
  }
}

async function tryOne(login: Database, role: LoginRole, attack: string, sql: string, report: Report): Promise<void> {
  const where = `login ${role}`
  const code = await undone(login, sql)
  if (code === '42501') report.observe(attack, where)
  // 58P01: allowed, and the file is not there, on a system that has no such place.
  else if (code === 'done' || code === '58P01') report.refute({ attack, where, saw: 'it was done' })
  else throw cannotProbe(`"${attack}" as ${where} ended with ${code}, which is neither done nor refused.`)
}

/** Holds also where the log itself cannot be read: what a session of this login would have written there. */
async function mustBeQuiet(login: Database, role: LoginRole, report: Report): Promise<void> {
  const [attack, where] = ['look at what the server would log of it', `login ${role}`]
  const { rows } = await login.query("select current_setting('log_min_messages') as level")
  const level = String(rows[0]?.['level'])
  if (quiet.includes(level)) report.observe(attack, where)
  else report.refute({ attack, where, saw: `messages of the level ${level.slice(0, 20)}, which quote what was sent` })
}
