import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { pause } from '../../src/core/clock.ts'
import { processFacts } from '../../src/adapters/files/index.ts'

// Real processes of the real command line. Nothing here waits without a bound, and nothing asserts on elapsed time.

const main = fileURLToPath(new URL('../../src/surfaces/cli/main.ts', import.meta.url))
export const clinic = fileURLToPath(new URL('./clinic/application.ts', import.meta.url))
export const desk = fileURLToPath(new URL('../../../desk/upheld.ts', import.meta.url))
/** A whole first round is in it, with every way that we know to break what is promised. */
const patienceMs = 1_800_000
const lookMs = 50

/** What the tests read of a feed. */
export const feedForm = z.looseObject({
  record: z.looseObject({ holds: z.boolean() }),
  claims: z.array(z.looseObject({ id: z.string(), verdict: z.string() })),
})

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly pid: number
  /** Both streams so far. */
  text(): string
  /** Resolves once the text matches; fails when the process ends before. */
  until(form: RegExp): Promise<RegExpExecArray>
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
}

/** The environment of a test's process: nothing of ours that a machine may have set. */
function plainEnvironment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(UPHELD_|PG)/.test(name))
  return { ...Object.fromEntries(kept), ...more }
}

const started = new Set<Running>()

/** For `after`: ends what a failed test left running. */
export async function endAll(): Promise<void> {
  await Promise.all([...started].map(stop))
}

export function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [main, ...words], {
    env: plainEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  let over = false
  const ended = endOf(child).then(code => {
    over = true
    return { code, out, err }
  })
  const text = (): string => `${err}\n${out}`
  const running: Running = {
    pid: child.pid ?? 0,
    text,
    ended,
    kill: signal => void child.kill(signal),
    async until(form) {
      for (let waited = 0; waited < patienceMs && !over; waited += lookMs) {
        const match = form.exec(text())
        if (match !== null) return match
        await pause(lookMs)
      }
      const match = form.exec(text())
      assert.ok(match, `${form.source} was never said:\n${text()}`)
      return match
    },
  }
  started.add(running)
  void ended.then(() => started.delete(running))
  return running
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => child.once('close', code => resolve(code)))
}

/** Runs to its end; a process that does not end is killed, and its code is null. */
export async function run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const running = start(words, env)
  const limit = setTimeout(() => running.kill('SIGKILL'), patienceMs)
  try {
    return await running.ended
  } finally {
    clearTimeout(limit)
  }
}

/** Ends a system in order, whatever happened to it before. */
export async function stop(running: Running): Promise<Ended> {
  running.kill('SIGINT')
  const limit = setTimeout(() => running.kill('SIGKILL'), 60_000)
  try {
    return await running.ended
  } finally {
    clearTimeout(limit)
  }
}

export function scratch(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'upheld-e2e-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export const lives = (pid: number): boolean => processFacts(pid) !== undefined

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
