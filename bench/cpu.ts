import { readFileSync } from 'node:fs'
import type { Database } from '../upheld/src/core/ports.ts'

/** USER_HZ of every Linux that runs on these processors. */
const ticksPerSecond = 100

/**
 * Milliseconds of processor that the connections of a login have used in the server, by what the kernel counts for their
 * processes. Undefined where that cannot be read: on another system than Linux, or of a server on another machine.
 */
export async function cpuOf(admin: Database, login: string): Promise<number | undefined> {
  const { rows } = await admin.query('select pid from pg_stat_activity where usename = $1', [login])
  try {
    return rows.reduce((sum, { pid }) => {
      // proc_pid_stat(5): the name, in parentheses, may hold spaces; utime and stime are fields 14 and 15.
      const fields =
        readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
          .split(') ')
          .at(-1)
          ?.split(' ') ?? []
      return sum + ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond
    }, 0)
  } catch {
    return undefined
  }
}
