import type { Sabotage } from '../../../claims/index.ts'
import { weakLogin } from '../../breaking.ts'

const weak = (name: string, says: string, sql: (role: string) => string): Sabotage =>
  weakLogin(import.meta.url, name, says, sql)

/** What a login itself must not be. Always a role of the twin's own. */
export const logins: readonly Sabotage[] = [
  weak(
    'login-makes-roles',
    'the application logs in with a role that can make roles',
    role => `alter role ${role} createrole`,
  ),
  weak(
    'login-is-owner',
    'the application logs in with a member of the owner of the tables',
    role => `grant upheld_owner to ${role}`,
  ),
  weak(
    'login-is-guard',
    'the application logs in with a member of the role that keeps the keys',
    role => `grant upheld_guard to ${role}`,
  ),
  weak(
    'login-watches-server',
    'the application logs in with a role that may watch the server',
    role => `alter role ${role} inherit; grant pg_monitor to ${role}`,
  ),
  weak(
    'login-reads-files',
    'the application logs in with a role that may read files of the server',
    role => `alter role ${role} inherit; grant pg_read_server_files to ${role}`,
  ),
  weak(
    'login-runs-programs',
    'the application logs in with a role that may run programs on the server',
    role => `alter role ${role} inherit; grant pg_execute_server_program to ${role}`,
  ),
]
