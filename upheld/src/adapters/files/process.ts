import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process as nobody else can be it: the id alone is given to others again after its end. */
export interface ProcessFacts {
  readonly pid: number
  /** Boot and moment of its start; two processes with one pid differ here. */
  readonly started: string
  /** Its command line, blanks between the words. */
  readonly command: string
}

/** The facts of a living process; undefined when there is none, or when it has ended and only waits to be collected. */
export function processFacts(pid: number): ProcessFacts | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined
  return process.platform === 'linux' ? linuxFacts(pid) : otherFacts(pid)
}

function linuxFacts(pid: number): ProcessFacts | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in brackets may hold blanks and brackets itself, so fields are counted from the last one (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, startTicks] = [fields[0], fields[19]]
    if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return Object.freeze({ pid, started: `${boot}/${startTicks}`, command })
  } catch {
    return undefined
  }
}

function otherFacts(pid: number): ProcessFacts | undefined {
  const ps = spawnSync('ps', ['-o', 'state=,lstart=,command=', '-p', String(pid)], { encoding: 'utf8' })
  // `S    Fri Nov 20 23:04:07 2026 node main.ts`
  const match = /^(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(ps.status === 0 ? ps.stdout.trim() : '')
  if (match === null || match[1]?.startsWith('Z') === true) return undefined
  return Object.freeze({ pid, started: match[2] ?? '', command: match[3] ?? '' })
}
