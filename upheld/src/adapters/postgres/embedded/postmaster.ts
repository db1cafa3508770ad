import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { pause } from '../../../core/clock.ts'
import { processFacts, type ProcessFacts } from '../../files/index.ts'
import { identity, plainEnvironment, type Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { lastLine } from './cluster.ts'
import { refuse } from './errors.ts'
import type { ServerLog } from './log.ts'

/** A server process that works on our data. */
export interface Postmaster {
  readonly process: ProcessFacts
  readonly port: number
  /** As Postgres writes it into its pid file: starting, ready, stopping, standby. */
  readonly status: string
}

const stepMs = 25
/** Recovery after a crash replays at most max_wal_size, 256 MB: seconds, on a bad disk a minute. */
const readyStepsMax = 120_000 / stepMs
const fastStepsMax = 20_000 / stepMs
const immediateStepsMax = 10_000 / stepMs
const triesMax = 20
const againMs = 250

/** The living server of this data, whoever started it. */
export function findPostmaster(data: string): Postmaster | undefined {
  const lines = pidFile(data)
  const found = processFacts(Number(lines[0]))
  if (found === undefined || !worksOn(found, data)) return undefined
  return { process: found, port: Number(lines[3]), status: (lines[7] ?? '').trim() }
}

/** Resolves when a server that was found takes connections; undefined when it ended instead. */
export async function awaitReady(data: string): Promise<Postmaster | undefined> {
  for (let step = 0; step < readyStepsMax; step++) {
    const found = findPostmaster(data)
    if (found === undefined || found.status === 'ready') return found
    await pause(stepMs)
  }
  throw refuse.start_failed({ detail: `Postgres works on ${data} and does not get ready.` })
}

interface StartOrder {
  readonly data: string
  readonly binaries: Binaries
  readonly account: Account
  readonly settings: readonly string[]
  readonly port: number | undefined
  readonly log: ServerLog
}

/**
 * Starts the server in a session of its own, so that Ctrl-C reaches us and not it, and we end it in order. Tries again
 * when a free port was taken by another program before Postgres had it, and while the last sessions of a server that was
 * killed still leave.
 * @throws embedded.port_taken, embedded.disk_full, embedded.not_writable, embedded.start_failed
 */
export async function startPostmaster(order: StartOrder): Promise<Postmaster> {
  freeStalePid(order.data)
  for (let attempt = 1; ; attempt++) {
    const port = order.port ?? (await freePort())
    const from = order.log.size()
    const started = await outcome(launch(order, port), order.data)
    if (started !== undefined) return started
    const said = order.log.since(from)
    const taken = /could not bind|Address already in use/.test(said)
    const leaving = /shared memory block .* is still in use/.test(said)
    if (attempt === triesMax || !(leaving || (taken && order.port === undefined))) throw startRefusal(said, taken, port)
    await pause(againMs)
  }
}

/**
 * Ends the server: a fast shutdown, which writes everything down; when that takes too long an immediate one, from which
 * the next start recovers.
 * @throws embedded.stop_failed
 */
export async function stopPostmaster({ process: server }: Postmaster): Promise<void> {
  for (const [signal, stepsMax] of [
    ['SIGINT', fastStepsMax],
    ['SIGQUIT', immediateStepsMax],
  ] as const) {
    if (!isAlive(server)) return
    process.kill(server.pid, signal)
    for (let step = 0; step < stepsMax && isAlive(server); step++) await pause(stepMs)
  }
  if (isAlive(server)) throw refuse.stop_failed({ detail: `Process ${server.pid} is still there.` })
}

export function isAlive(server: ProcessFacts): boolean {
  return processFacts(server.pid)?.started === server.started
}

function launch({ data, binaries, account, settings, log }: StartOrder, port: number): ChildProcess {
  const words = ['-D', data, ...[`port=${port}`, ...settings].flatMap(setting => ['-c', setting])]
  const output = log.open()
  try {
    const child = spawn(join(binaries.bin, 'postgres'), words, {
      ...identity(account),
      cwd: '/',
      env: plainEnvironment,
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    })
    child.on('error', error => log.note(error.message))
    child.unref()
    return child
  } finally {
    output.close()
  }
}

async function outcome(child: ChildProcess, data: string): Promise<Postmaster | undefined> {
  for (let step = 0; step < readyStepsMax; step++) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return undefined
    const found = findPostmaster(data)
    if (found?.process.pid === child.pid && found.status === 'ready') return found
    await pause(stepMs)
  }
  child.kill('SIGQUIT')
  return undefined
}

function startRefusal(said: string, taken: boolean, port: number): Error {
  const last = lastLine(said)
  if (taken) return refuse.port_taken({ detail: `127.0.0.1:${port}` })
  if (/No space left on device|Disk quota exceeded/.test(said)) return refuse.disk_full({ detail: last })
  if (/Permission denied|Read-only file system/.test(said)) return refuse.not_writable({ detail: last })
  return refuse.start_failed({ detail: last })
}

/**
 * After kill -9 the pid file stays. Its number may by now be another program's, or a dead process that nobody collects,
 * as in a container without an init; Postgres would then refuse to start. Only the number is replaced, by one that no
 * system gives out: Postgres still checks the shared memory that the file names, which is what keeps two servers off
 * one folder.
 */
function freeStalePid(data: string): void {
  const lines = pidFile(data)
  if (lines.length === 0 || findPostmaster(data) !== undefined) return
  writeFileSync(join(data, 'postmaster.pid'), ['2147483647', ...lines.slice(1)].join('\n'), { flush: true })
}

function worksOn(candidate: ProcessFacts, data: string): boolean {
  return candidate.command.includes(`-D ${data} `)
}

function pidFile(data: string): readonly string[] {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return []
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
